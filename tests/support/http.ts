import { z } from "zod";
import { GreedyStatsResponse, RewardResponse, ScoreResponse } from "../../src/contract/mod.ts";

/** What a user's client sends, in the shape of the wire. */
export interface Features {
  readonly hour_of_day: number;
  readonly is_overdue: boolean;
  readonly task_age_days: number;
  readonly priority: number;
}

/** Posts JSON and gives the status and the parsed answer. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Posts JSON and expects a 200 of this shape. */
export async function postOk<T>(
  schema: z.ZodType<T>,
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await post(url, body, headers);
  if (answer.status !== 200) {
    throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return schema.parse(answer.body);
}

/** The calls of one service that the fault tests make. */
export function client(url: string) {
  return {
    score: (body: unknown) => postOk(ScoreResponse, `${url}/score/egreedy`, body),
    reward: (body: unknown, key?: string) =>
      postOk(
        RewardResponse,
        `${url}/reward/egreedy`,
        body,
        key === undefined ? {} : { "idempotency-key": key },
      ),
    stats: async (user: string) =>
      GreedyStatsResponse.parse(
        await (await fetch(`${url}/stats/egreedy/${encodeURIComponent(user)}`)).json(),
      ),
    history: async (user: string) => {
      const response = await fetch(`${url}/features/${encodeURIComponent(user)}`);
      return z.object({
        history: z.array(z.object({
          decision_id: z.string(),
          reward: z.number().nullable(),
        })),
      }).parse(await response.json()).history;
    },
  };
}
