import { z } from "zod";
import { GenerateRequest, GenerateResponse } from "../../contract/mod.ts";
import { bodyEndpoint } from "../endpoint.ts";
import { InvalidRequestError } from "../errors.ts";
import { PARSE } from "../problems.ts";
import { reportUnknownNames } from "./profile.ts";
import { traceparentOf } from "../../observability/trace.ts";
import type { Services } from "../services.ts";

const Flag = z.enum(["true", "false"]);

function flagOf(name: string, value: string | undefined): boolean {
  const flag = Flag.safeParse(value ?? "false");
  if (flag.success) return flag.data === "true";
  const msg = "Input should be true or false";
  throw new InvalidRequestError([{ loc: ["query", name], msg, type: "bool_parsing" }]);
}

/** POST /generate: tips by an LLM, and on demand the one to show. */
export function generate(services: Services) {
  return bodyEndpoint(
    {
      tag: "generate",
      summary: "Let an LLM write tips",
      description: "With ?score=true the active policy picks one of them, as POST /score would.",
      query: [{
        name: "score",
        schema: Flag,
        description: "Whether to pick one of the tips, too",
      }],
      body: GenerateRequest,
      answer: GenerateResponse,
      writes: true,
      errors: [400, 413, 415, 422, 502, 503],
    },
    (body) => GenerateRequest.safeParse(body, PARSE),
    (request, c) => {
      reportUnknownNames(request.profile_features, services);
      return services.tips.generate(request, {
        score: flagOf("score", c.req.query("score")),
        signal: c.req.raw.signal,
        traceparent: traceparentOf(c.env.ids),
        tracestate: c.env.ids.tracestate,
      });
    },
  );
}
