import type { Config } from "../../config.ts";
import { ForbiddenError, UnauthorizedError, UriTooLongError } from "../errors.ts";
import type { Admission } from "../services.ts";
import { foreignPage } from "./browser.ts";
import { clientAddress } from "./client_address.ts";
import { isLoopback } from "./loopback.ts";
import { type RateLimit, rateLimit } from "./rate_limit.ts";
import { bearerToken, type TokenHolder, Tokens } from "./tokens.ts";

/**
 * The longest URL that is read, in bytes; a user's id takes 2304 of them at most. The size of the
 * other headers is Deno's to limit: adding them up here cost every request 5 µs.
 */
const MAX_URL_BYTES = 8 * 1024;

/** What decides who may call. */
export type GuardOptions =
  & Pick<Config, "env" | "host" | "apiTokens" | "adminTokens" | "metricsOpen">
  & Pick<Config, "clientAddressHeader">;

/** Lets requests in, or refuses them: by their URL's length, their rate, and who sends them. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #rateLimit: RateLimit | undefined;
  readonly #tokens: Tokens;
  readonly #development: boolean;
  readonly #loopback: boolean;

  constructor(options: GuardOptions, rateLimit?: RateLimit) {
    this.#options = options;
    this.#rateLimit = rateLimit;
    const { apiTokens = [], adminTokens = [] } = options;
    this.#tokens = new Tokens({ api: apiTokens, admin: adminTokens });
    this.#development = options.env === "development";
    this.#loopback = isLoopback(options.host);
  }

  /**
   * Returns a promise only where a rate limit is set.
   *
   * @throws {UriTooLongError | RateLimitedError}
   * @throws {UnauthorizedError | ForbiddenError}
   */
  readonly admit = (admission: Admission): void | Promise<void> => {
    const { request, operation, info } = admission;
    if (request.url.length > MAX_URL_BYTES) throw new UriTooLongError();
    if (operation?.access === "open") return;
    const token = this.#asksForTokens()
      ? bearerToken(request.headers.get("authorization"))
      : undefined;
    const holder = token === undefined ? undefined : this.#tokens.holderOf(token);
    if (!this.#rateLimit) return this.#authorize(admission, token, holder);
    // Before the tokens are judged, so that guessing them is limited too.
    const client = holder?.key ??
      `from ${clientAddress(request, info, this.#options.clientAddressHeader)}`;
    return this.#rateLimit.take(client).then(() => this.#authorize(admission, token, holder));
  };

  #asksForTokens(): boolean {
    return this.#options.apiTokens !== undefined || this.#options.adminTokens !== undefined;
  }

  #authorize(
    { request, operation }: Admission,
    token: string | undefined,
    holder: TokenHolder | undefined,
  ): void {
    const { apiTokens, adminTokens, metricsOpen } = this.#options;
    const access = operation?.access;
    if (access === "metrics" && metricsOpen) return;
    const guarded = apiTokens !== undefined ||
      (adminTokens !== undefined && (access === "reset" || access === "operator"));
    if (guarded && !holder) throw new UnauthorizedError(token !== undefined);
    if (access === "operator") this.#authorizeOperator(request, holder);
    if (access === "reset" && !guarded) this.#authorizeReset(request);
  }

  #authorizeOperator(request: Request, holder: TokenHolder | undefined): void {
    if (holder?.role === "admin") return;
    if (this.#options.adminTokens) {
      throw new ForbiddenError("This call is for operators: send one of the tokens in ADMIN_TOKEN");
    }
    if (!this.#development || !this.#loopback) {
      throw new ForbiddenError(
        "This call is for operators, and ADMIN_TOKEN is not set; without it the call works only " +
          "where ENV is development and HOST is a loopback address",
      );
    }
    // Another site's page cannot send a token.
    if (!holder) refuseForeignPage(request, this.#loopback, "ADMIN_TOKEN");
  }

  /** Where there is no token at all. */
  #authorizeReset(request: Request): void {
    if (!this.#development) {
      throw new ForbiddenError(
        "Neither API_TOKEN nor ADMIN_TOKEN is set; without them /reset works only where ENV is " +
          "development",
      );
    }
    refuseForeignPage(request, this.#loopback, "API_TOKEN");
  }
}

function refuseForeignPage(request: Request, loopback: boolean, setting: string): void {
  const reason = foreignPage(request, loopback);
  if (reason === undefined) return;
  throw new ForbiddenError(`The call came by ${reason}; to allow it, set ${setting} and send it`);
}

/** A guard of what the configuration says. */
export async function createGuard(
  config: GuardOptions & Pick<Config, "rateLimitPerS">,
): Promise<Guard> {
  const { rateLimitPerS } = config;
  return new Guard(
    config,
    rateLimitPerS === undefined ? undefined : await rateLimit(rateLimitPerS),
  );
}
