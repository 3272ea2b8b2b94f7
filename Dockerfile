# The tip scorer. Built with: docker build --tag tip-scorer .
# No container engine and no registry of images was at hand when this was written: the build was
# never run, only its commands one by one, and the service as user 10001 on what they made. The base
# images are pinned by tag; whoever can look their digests up should add them (image:tag@sha256:…).
# What it copies is held to the module graph by tests/docker/, which also runs its commands where
# only /data can be written: docker run --read-only --tmpfs /tmp.

FROM node:22.20.0-bookworm-slim AS build
# Deno comes from npm, as everywhere in this project; its package has the binary as a dependency.
RUN npm install --prefix /deno --no-audit --no-fund deno@2.9.6 \
  && install -m 0755 /deno/node_modules/@deno/linux-*-glibc/deno /usr/local/bin/deno
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1
WORKDIR /app
COPY deno.json deno.lock ./
# Every dependency, so that a change of the sources alone does not fetch them again.
RUN deno install --frozen
COPY src src
COPY wasm wasm
RUN deno cache --frozen src/main.ts src/cli/main.ts

FROM debian:12.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin scorer \
  && install --directory --owner scorer --group scorer --mode 0700 /data
COPY --from=build /usr/local/bin/deno /usr/local/bin/deno
# Owned by root, so that the service cannot change its own code.
COPY --from=build /deno-dir /deno-dir
COPY --from=build /app /app
ENV DENO_DIR=/deno-dir \
  DENO_NO_UPDATE_CHECK=1 \
  ENV=production \
  HOST=0.0.0.0 \
  PORT=8000 \
  STATE_DIR=/data
WORKDIR /app
USER scorer
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["deno", "run", \
  "--cached-only", "--no-prompt", "--no-code-cache", "--quiet", \
  "--allow-env=HOST,PORT", "--allow-net=127.0.0.1", \
  "src/cli/main.ts", "health"]
# Why these flags of V8: docs/decisions/0005-v8-flags.md.
CMD ["deno", "run", \
  "--v8-flags=--min-semi-space-size=32,--max-semi-space-size=32,--heap-growing-percent=200", \
  "--unstable-no-legacy-abort", \
  "--cached-only", "--no-prompt", "--no-code-cache", \
  "--allow-env=STATE_DIR,ENV,HOST,PORT,LOG_LEVEL,LOG_FORMAT,API_TOKEN,ADMIN_TOKEN,METRICS_OPEN,RATE_LIMIT_PER_S,CLIENT_ADDRESS_HEADER,REQUEST_TIMEOUT_S,MAX_WAITING,ALPHA,EPSILON,RNG_SEED,DECISION_LOG_SIZE,IDEMPOTENCY_WINDOW,CACHE_USERS,SHUTDOWN_DELAY_S,SHUTDOWN_TIMEOUT_S,ACTIVE_POLICY,LITELLM_URL,LITELLM_MASTER_KEY,LITELLM_STRUCTURED_OUTPUT,GENERATE_TIMEOUT_S,DEFAULT_PROMPT_VERSION,NATS_URL,NATS_DURABLE_PREFIX,NATS_MAX_DELIVER,SENTRY_DSN,SENTRY_SEND_IDS", \
  "--allow-net", "--allow-sys=uid", \
  "--allow-read=/app,/deno-dir,/data", "--allow-write=/data", \
  "src/main.ts"]
