import { PROFILE_FEATURES, ProfileSchemaResponse } from "../../contract/mod.ts";
import { endpoint } from "../endpoint.ts";
import type { Services } from "../services.ts";

const NAMES: ReadonlySet<string> = new Set(PROFILE_FEATURES.map(({ name }) => name));

/** Reports each name of a profile that the registry lacks. */
export function reportUnknownNames(
  profile: object | null | undefined,
  services: Services,
): void {
  if (!profile) return;
  for (const name of Object.keys(profile)) {
    if (!NAMES.has(name)) services.onUnknownProfileName(name);
  }
}

/** sha256, in hex, of the sorted wire names joined by newlines. */
export async function profileDigest(): Promise<string> {
  const text = new TextEncoder().encode([...NAMES].sort().join("\n"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

/** GET /profile/schema. */
export const profileSchema = () =>
  endpoint({
    tag: "service",
    summary: "The profile features the service knows",
    description: "Compare sha256 with your own registry's to see that both know the same names.",
    answer: ProfileSchemaResponse,
    errors: [],
  }, async () => ({
    features: PROFILE_FEATURES.map((
      { name, label, dtype, range, default: value, description },
    ) => ({
      name,
      label,
      dtype,
      range: [...range],
      default: value,
      description,
    })),
    sha256: await profileDigest(),
  }));
