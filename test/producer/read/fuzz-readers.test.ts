import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { UserError } from "../../../src/shared/errors.js";
import { DATA } from "../../helpers/places.js";
import { randomNumbers } from "../../helpers/random-numbers.js";
import { sheetData, workbookParts } from "../../helpers/workbooks.js";

const ROUNDS = 150;
const THREAD_ROUNDS = 25; // each starts one

/** A workbook that is stored, not deflated, so that a changed byte reaches the XML. */
const STORED = Buffer.from(
  zipSync(
    workbookParts({
      sheets: {
        S: sheetData([
          ["t", "x"],
          [1, 2.5],
          [3, "text & more"],
          [5, 6],
        ]),
      },
    }),
    { level: 0 },
  ),
);

const SEEDS: readonly (readonly [string, Buffer])[] = [
  ["stored.xlsx", STORED],
  ...[
    "openpyxl.xlsx",
    "pandas.csv",
    "kinds-none.parquet",
    "kinds-zstd.parquet",
    "kinds-uncompressed.feather",
    "kinds-lz4.feather",
    "kinds-stream.arrow",
  ].map((name) => [name, readFileSync(join(DATA, name))] as const),
];

describe("the readers of files whose bytes were changed, cut or repeated", () => {
  it.each(SEEDS)("read %s or refuse it with one line", { timeout: 120_000 }, async (name, seed) => {
    const draw = randomNumbers(99);
    const random = (n: number) => Math.floor(draw() * n);
    const rounds = name.endsWith(".parquet") ? ROUNDS : THREAD_ROUNDS;
    for (let round = 0; round < rounds; round++) {
      let file = Buffer.from(seed);
      for (let change = random(4); change >= 0; change--) {
        const at = random(file.length);
        const kind = random(10);
        if (kind === 0) file = file.subarray(0, at);
        else if (kind === 1) file = Buffer.concat([file.subarray(0, at), file.subarray(random(file.length))]);
        else file[at] = kind < 6 ? random(256) : file[at]! ^ (1 << random(8));
        if (file.length === 0) break;
      }
      const outcome = await readDataset(name, { file })
        .then((dataset) => selectSeries(dataset).rows)
        .catch((error: unknown) => error);
      if (typeof outcome === "number") continue;
      expect(outcome, `round ${round}`).toBeInstanceOf(UserError);
      expect((outcome as UserError).message).not.toContain("\n");
    }
  });
});
