import type { SyncRecord } from "../../bandit/records.ts";
import {
  PROFILE_FEATURES,
  type ProfileFeatureName,
  type ProfileFeatures,
} from "../../contract/mod.ts";

const WORDS: Readonly<Record<ProfileFeatureName, string>> = {
  completion_rate_30d: "share of their tasks completed, 0 to 1",
  dismiss_rate_30d: "share of their tips dismissed, 0 to 1",
  preferred_hour: "hour of the day at which they react best",
  tip_volume_30d: "tips shown",
  mean_reward_30d: "mean reaction to tips, -1 (dismissed) to 1 (done)",
};

/** What the service itself knows of the user, a line each: numbers alone, never the user's text. */
export function aboutUser(
  profile: ProfileFeatures | null | undefined,
  sync: SyncRecord | undefined,
): readonly string[] {
  const known = PROFILE_FEATURES.flatMap(({ name }) => {
    const value = profile?.[name] ?? null;
    return value === null ? [] : [`- ${WORDS[name]}: ${Number(value.toFixed(2))}`];
  });
  return [
    ...(sync ? [`Tasks in the user's list at the last sync: ${sync.taskCount}.`] : []),
    ...(known.length > 0 ? ["The user's last 30 days:", ...known] : []),
  ];
}
