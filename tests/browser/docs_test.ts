import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { testWith } from "../support/skip.ts";
import { tempFolder } from "../cli/harness.ts";
import { Service } from "../support/service.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"].concat(
  ["--disable-background-networking", "--disable-component-update", "--disable-sync"],
);

testWith(
  {
    command: CHROMIUM,
    args: ["--version"],
    why: `${CHROMIUM} is not there (Debian: apt-get install chromium)`,
  },
  "/docs in a browser: every call is shown, tried out, and nothing is fetched from elsewhere",
  async () => {
    await using folder = await tempFolder();
    await using service = await Service.start({ STATE_DIR: `${folder.path}/state` });
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      const asked: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`${service.url}/docs`);
      await page.waitForSelector(".opblock");
      const { paths } = await (await fetch(`${service.url}/openapi.json`)).json();
      const operations = Object.values<object>(paths).flatMap((path) => Object.keys(path));
      assert.equal(await page.locator(".opblock").count(), operations.length);

      const health = page.locator(".opblock", { hasText: "/health" }).first();
      await health.locator(".opblock-summary-control").first().click();
      await health.getByRole("button", { name: "Try it out" }).click();
      await health.getByRole("button", { name: "Execute" }).click();
      await health.locator(".live-responses-table .response-col_status", { hasText: "200" })
        .waitFor();

      assert.deepEqual(problems, []);
      const elsewhere = asked.filter((url) =>
        !url.startsWith(service.url) && !url.startsWith("data:")
      );
      assert.deepEqual(elsewhere, []);
      assert.ok(asked.length > 3);
    } finally {
      await browser.close();
    }
  },
);
