import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { describeWith } from "./needs.js";

const CHROMIUM = "/usr/bin/chromium";

/** A block of tests that look at a page in a browser. */
export function describeWithBrowser(name: string, tests: () => void): void {
  describeWith(existsSync(CHROMIUM), `there is no ${CHROMIUM}: apt-get install chromium`, name, tests);
}

/** A real browser that asks nothing of the network by itself. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
