import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { reduceRun } from "../../src/reducer/reduce-run.js";
import { describeWithBrowser, openBrowser } from "../helpers/browser.js";
import { commitRun, type SyntheticOptions, syntheticRun, withFolder } from "../helpers/synthetic-run.js";

const HOSTILE = `<script>document.title="owned"</script><img src=x onerror=alert(1)>"'&`;

let browser: Browser;

/** Opens the report of a synthetic run in the browser, from disk. */
async function withReport(
  options: SyntheticOptions,
  use: (page: Page, seen: { requests: string[]; errors: string[] }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const run = syntheticRun(options);
    await commitRun(folder, run);
    await reduceRun({ folder, spec: run.spec });
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    const seen = { requests: [] as string[], errors: [] as string[] };
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
    page.on("pageerror", (error) => seen.errors.push(error.message));
    page.on("dialog", (dialog) => {
      seen.errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(pathToFileURL(join(folder.location, "report.html")).href);
    try {
      await use(page, seen);
    } finally {
      await page.close();
    }
  });
}

const OPTIONS: SyntheticOptions = {
  windows: 900,
  steps: 12,
  columns: ["temp", "wind", "rain"],
  targets: [{ name: "temp", m: 1 }],
  chunkSize: 400,
};

describeWithBrowser("the report in a browser", () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("opens from disk with nothing fetched, and shows a heat map cell for each lag and feature", async () => {
    await withReport(OPTIONS, async (page, { requests, errors }) => {
      expect(errors).toEqual([]);
      expect(requests).toHaveLength(1);
      const maps = page.getByRole("img", { name: /^Heat map/ });
      expect(await maps.count()).toBe(2);
      expect(await maps.first().locator("rect:has(title)").count()).toBe(36);
      const title = await maps.first().locator("rect title").first().textContent();
      expect(title).toMatch(/^rain, lag 1: −?\d/);
      expect(
        await page
          .getByRole("img", { name: /^Line charts/ })
          .locator("polyline")
          .count(),
      ).toBe(3);
      expect(await page.getByRole("table").first().getByRole("rowheader").allTextContents()).toEqual([
        "rain",
        "wind",
        "temp",
      ]);
    });
  });

  it("shows names from files as text, never as markup", async () => {
    const hostile = { ...OPTIONS, columns: [HOSTILE, "b"], targets: [{ name: HOSTILE, m: 1 }] };
    await withReport(hostile, async (page, { requests, errors }) => {
      expect(errors).toEqual([]);
      expect(requests).toHaveLength(1);
      expect(await page.title()).toMatch(/^Sensitivity of/);
      expect(await page.locator("img, script").count()).toBe(0);
      expect(await page.getByRole("rowheader").allTextContents()).toContain(HOSTILE);
      expect(await page.getByRole("heading", { level: 2 }).textContent()).toBe(HOSTILE);
    });
  });

  it("shows as much of a name beside the charts as fits, whatever its letters' width", async () => {
    const columns = [
      "WMWMWMWMWMWMWMWMWMWMWMWM",
      "温度温度温度温度温度温度温度",
      "a long name of narrow illicit letters",
    ];
    await withReport({ ...OPTIONS, windows: 60, columns }, async (page) => {
      expect(await page.locator("svg text").allTextContents()).toContain("a long name of n…");
      for (const chart of await page.locator("svg").all()) {
        const edge = (await chart.boundingBox())!.x;
        for (const name of await chart.locator("text", { hasText: "…" }).all())
          expect((await name.boundingBox())!.x).toBeGreaterThanOrEqual(edge);
      }
    });
  });

  it("stays on the page, and readable, with many outputs, many features and a long window", async () => {
    const wide: SyntheticOptions = {
      ...OPTIONS,
      windows: 40,
      steps: 700,
      columns: Array.from({ length: 45 }, (_, f) => `a rather long name of a feature, number ${f}`),
      targets: [{ name: "many", m: 2 }],
      chunkSize: 40,
      value: (w, k, t, f) => Math.sin(w + t / 9 + f) * (k + 1),
    };
    await withReport(wide, async (page, { errors }) => {
      expect(errors).toEqual([]);
      const map = page.getByRole("img", { name: /^Heat map of the mean/ }).first();
      expect(await map.locator("rect:has(title)").count()).toBe(40 * 175);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow).toBe(0);
    });
  });
});
