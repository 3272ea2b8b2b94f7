/**
 * Whether Deno's own OpenTelemetry is on. Told by what Deno registers for the API's package before
 * any module runs, as reading OTEL_DENO would need a permission of its own. To be asked at start:
 * Sentry registers itself there, too.
 */
export function isOpenTelemetryOn(): boolean {
  return Symbol.for("opentelemetry.js.api.1") in globalThis;
}
