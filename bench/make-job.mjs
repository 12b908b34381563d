// The job that everything is measured on: 38,265 rows of 5 standardised columns (a driven, drifting, noisy system and
// its output), 38,246 windows of 20 rows, and the demo's model: LSTM(120, relu), Dense 100, 50, 1.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { utils, write } from "@e965/xlsx";

export const ROWS = 38_265;
export const COLUMNS = ["u1", "u2", "u3", "u4", "y"];

/** Uniform numbers that the seed fixes (xorshift32), and normal ones from them (Box-Muller). */
function generator(seed) {
  let state = seed;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** [rows][columns], each column with mean 0 and standard deviation 1, as float32. */
function series() {
  const normal = generator(7);
  let drift = 0;
  const inputs = Array.from({ length: ROWS }, (_, t) => {
    drift += 0.01 * normal();
    return [Math.sin(t / 24), Math.cos(t / 168) + 0.1 * normal(), drift, normal()];
  });
  const rows = inputs.map((row, t) => {
    const delayed = inputs[(t + ROWS - 3) % ROWS][1];
    return [...row, 0.5 * row[0] + 0.3 * delayed * row[2] + 0.05 * normal()];
  });
  for (let c = 0; c < COLUMNS.length; c++) {
    const mean = rows.reduce((sum, row) => sum + row[c], 0) / ROWS;
    const sd = Math.sqrt(rows.reduce((sum, row) => sum + (row[c] - mean) ** 2, 0) / ROWS);
    for (const row of rows) row[c] = Math.fround((row[c] - mean) / sd);
  }
  return rows;
}

/** A float32 array as NumPy's .npy. */
function npy(rows) {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0].length}), }`;
  const padded = `${head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11)}\n`;
  const prefix = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([prefix, Buffer.from(padded), Buffer.from(Float32Array.from(rows.flat()).buffer)]);
}

/** Writes dataset.xlsx, series.npy and EKF-LSTM-1.h5 into the folder; returns the rows. */
export function makeJob(folder) {
  mkdirSync(folder, { recursive: true });
  const rows = series();
  const sheet = utils.aoa_to_sheet([COLUMNS, ...rows]);
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, "Sheet1");
  writeFileSync(
    join(folder, "dataset.xlsx"),
    write(book, { type: "buffer", bookType: "xlsx", compression: true }),
  );
  writeFileSync(join(folder, "series.npy"), npy(rows));
  copyFileSync(
    fileURLToPath(new URL("../demo/EKF-LSTM-1.h5", import.meta.url)),
    join(folder, "EKF-LSTM-1.h5"),
  );
  return rows;
}
