import type { Config } from "../../config.ts";
import { VARIABLES } from "../../config_variables.ts";
import { isLoopback } from "./loopback.ts";

/** What decides which doors are open. */
export type DoorOptions = Pick<
  Config,
  "env" | "host" | "apiTokens" | "adminTokens" | "metricsOpen" | "litellmMasterKey"
>;

/** A sentence for each way in that stands open, for the log at start. */
export function openDoors(options: DoorOptions): string[] {
  const { env, host, apiTokens, adminTokens, metricsOpen, litellmMasterKey } = options;
  const development = env === "development";
  const loopback = isLoopback(host);
  const doors: readonly (readonly [open: boolean, door: string])[] = [
    [
      !apiTokens && !loopback,
      "API_TOKEN is not set and HOST is no loopback address: whoever reaches the port may call",
    ],
    [!apiTokens && !development, "API_TOKEN is not set, though ENV is not development"],
    [
      !adminTokens && !apiTokens && development && loopback,
      "ADMIN_TOKEN is not set: every program on this machine may call what is for operators",
    ],
    [
      !adminTokens && apiTokens !== undefined && development && loopback,
      "ADMIN_TOKEN is not set: on this machine API_TOKEN opens what is for operators",
    ],
    [
      !adminTokens && !apiTokens && development,
      "Neither API_TOKEN nor ADMIN_TOKEN is set: whoever reaches the port may reset users",
    ],
    [
      metricsOpen && !loopback,
      "METRICS_OPEN is true and HOST is no loopback address: whoever reaches the port may read " +
      "/metrics",
    ],
    [
      litellmMasterKey === VARIABLES.litellmMasterKey.developmentDefault,
      "LITELLM_MASTER_KEY is the one that everybody knows",
    ],
  ];
  return doors.filter(([open]) => open).map(([, door]) => door);
}
