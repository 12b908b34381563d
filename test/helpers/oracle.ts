import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FIXTURES } from "./places.js";

/** A recorded case: a model's files, its series, and exact results by TensorFlow's tape in float64. */
export interface OracleCase {
  readonly name: string;
  readonly models: readonly string[]; // paths
  readonly window: number;
  readonly features: number;
  readonly windows: number;
  readonly rows: Float64Array; // [windows + window − 1, features]
  readonly outputs: readonly { y: Float64Array; jacobian: Float64Array; loss: Float64Array }[];
  readonly layers: readonly { name: string; jacobian: Float64Array }[];
}

/** All cases below test/fixtures/<set>/, for instance oracle/keras2/seed-lstm. */
export function oracleCases(...sets: string[]): OracleCase[] {
  return sets.flatMap((set) =>
    readdirSync(join(FIXTURES, set)).map((name) => readCase(join(FIXTURES, set, name), `${set}/${name}`)),
  );
}

function readCase(dir: string, name: string): OracleCase {
  const expected = JSON.parse(readFileSync(join(dir, "expected.json"), "utf8"));
  const floats = (file: string) => readFloats(join(dir, file));
  const lines = readFileSync(join(dir, "series.csv"), "utf8").trim().split("\n").slice(1);
  return {
    name,
    models: readdirSync(dir)
      .filter((file) => /\.(h5|keras)$/.test(file))
      .map((file) => join(dir, file)),
    window: expected.window,
    features: expected.features,
    windows: expected.windows,
    rows: Float64Array.from(lines.flatMap((line) => line.split(",").map(Number))),
    outputs: expected.outputs.map((_: unknown, k: number) => ({
      y: floats(`y${k}.f64`),
      jacobian: floats(`jacobian${k}.f64`),
      loss: floats(`loss_jacobian${k}.f64`),
    })),
    layers: Object.keys(expected.layers ?? {}).map((layer) => ({
      name: layer,
      jacobian: floats(`layer_${layer}.f64`),
    })),
  };
}

/** The numbers of a file of float64. */
export function readFloats(path: string): Float64Array {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
