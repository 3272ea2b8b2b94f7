import type { Context } from "hono";

/**
 * GET /docs: Swagger UI. Its files are imported as text, from the npm package: that puts them into
 * the module graph, hence into a compiled binary, and reading them needs no permission. They are
 * loaded when they are first asked for.
 */
const ASSETS = {
  "swagger-ui.css": {
    type: "text/css; charset=utf-8",
    load: () => import("swagger-ui-dist/swagger-ui.css", { with: { type: "text" } }),
  },
  "swagger-ui-bundle.js": {
    type: "text/javascript; charset=utf-8",
    load: () => import("swagger-ui-dist/swagger-ui-bundle.js", { with: { type: "text" } }),
  },
} as const;

const START = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
});
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>oO ML Serving</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/start.js" defer></script>
</head>
<body><div id="docs"></div></body>
</html>
`;

/** Nothing from elsewhere, and nothing inline but the styles that Swagger UI sets on elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};
const FOR_AN_HOUR = { ...HEADERS, "Cache-Control": "public, max-age=3600" };

/** The page. */
export const docsPage = (c: Context) =>
  c.html(PAGE, 200, { ...HEADERS, "Cache-Control": "no-cache" });

/** The script that starts Swagger UI: a file of its own, as the policy allows none in the page. */
export const docsStart = (c: Context) =>
  c.body(START, 200, { ...FOR_AN_HOUR, "Content-Type": "text/javascript; charset=utf-8" });

/** A file of Swagger UI. */
export const docsAsset = (name: keyof typeof ASSETS) => async (c: Context) => {
  const { type, load } = ASSETS[name];
  const { default: text } = await load();
  return c.body(text, 200, { ...FOR_AN_HOUR, "Content-Type": type });
};
