import { commitChunk } from "../../src/shared/committed-chunks.js";
import { encodePart } from "../../src/shared/jacobian-arrow.js";
import { LocalFolder } from "../../src/shared/local-folder.js";
import type { Floats, Part } from "../../src/shared/part.js";
import { rowsOf, windowsOf } from "../../src/shared/plan.js";
import type { RunFolder } from "../../src/shared/run-folder.js";
import { chunkAt, parseRunSpec, type RunSpec } from "../../src/shared/run-spec.js";
import { encodeSeries } from "../../src/shared/series-arrow.js";
import { ownInputs } from "../../src/shared/wrt.js";
import { encodePartial } from "../../src/statistics/encode-partial.js";
import { partialOfChunk } from "../../src/statistics/partial-of-chunk.js";
import { temporaryFolder } from "./folders.js";
import { normal } from "./random-numbers.js";

/** A run whose Jacobians are drawn, not computed: any numbers must be summarised well. */
export interface SyntheticOptions {
  readonly windows: number; // of the whole series
  readonly steps: number; // T
  readonly columns: readonly string[];
  readonly targets: readonly { readonly name: string; readonly m: number }[];
  readonly chunkSize: number;
  readonly precision?: "float32" | "float64";
  readonly time?: "ms" | "us" | "ns" | null;
  readonly scaler?: boolean;
  readonly stride?: number;
  /** First window and count of each run of planned windows; default: all. */
  readonly segments?: readonly { readonly first: number; readonly count: number }[];
  /** s = J[w, k, t, f]; default: a decaying memory with a sign and a size for each feature. */
  readonly value?: (w: number, k: number, t: number, f: number, noise: () => number) => number;
}

export interface SyntheticRun {
  readonly spec: RunSpec;
  readonly scaled: Float64Array; // [rows, F]
  part(index: number): Part;
}

export function syntheticRun(options: SyntheticOptions): SyntheticRun {
  const { windows, steps, columns, targets, stride = 1 } = options;
  const F = columns.length;
  const rows = (windows - 1) * stride + steps;
  const segments = options.segments ?? [{ first: 0, count: windows }];
  const count = segments.reduce((sum, segment) => sum + segment.count, 0);
  const scale = columns.map((_, f) => 2 + f);
  const spec = parseRunSpec({
    ...specOf(options, rows),
    plan: {
      steps,
      stride,
      total: windows,
      skipped: windows - count,
      segments,
      count,
      blocks: [{ firstWindow: 0, firstRow: 0 }],
    },
    chunkSize: options.chunkSize,
    chunks: Math.ceil(count / options.chunkSize),
    scaler: options.scaler
      ? { kind: "standard", columns: [...columns], shift: columns.map(() => 1), scale }
      : null,
  });
  const noise = normal(1);
  const scaled = Float64Array.from({ length: rows * F }, (_, i) => Math.sin(i / 97) + 0.3 * noise());
  const value =
    options.value ??
    ((w, k, t, f, draw) =>
      (f % 2 === 0 ? 1 : -1) *
      (f + 1) *
      Math.exp((t - steps) / (2 + f)) *
      (1 + 0.2 * Math.sin(w / 500) + 0.5 * draw()) *
      (1 + k));
  return {
    spec,
    scaled,
    part: (index) => {
      const chunk = chunkAt(spec, index);
      const numbers = windowsOf(spec.plan, chunk);
      const firstRows = rowsOf(spec.plan, numbers);
      const floats = (size: number): Floats =>
        options.precision === "float64" ? new Float64Array(size) : new Float32Array(size);
      return {
        columns,
        steps,
        window: BigInt64Array.from(numbers, BigInt),
        row: BigInt64Array.from(firstRows, BigInt),
        time:
          options.time === null
            ? null
            : {
                unit: options.time ?? "ms",
                values: BigInt64Array.from(
                  firstRows,
                  (row) =>
                    (1_356_998_400_000n + 3_600_000n * BigInt(row + steps - 1)) *
                    { ms: 1n, us: 1000n, ns: 1_000_000n }[options.time ?? "ms"],
                ),
              },
        group: null,
        targets: targets.map(({ name, m }, target) => {
          const prediction = floats(chunk.count * m);
          const jacobian = floats(chunk.count * m * steps * F);
          for (const [i, w] of numbers.entries()) {
            const draw = normal(w * 31 + target + 2); // by window: the same however the run is cut into chunks
            for (let k = 0; k < m; k++) {
              prediction[i * m + k] = 1.5 + Math.cos(w / 50) + 0.4 * draw();
              for (let t = 0; t < steps; t++) {
                for (let f = 0; f < F; f++)
                  jacobian[((i * m + k) * steps + t) * F + f] = value(w, k, t, f, draw);
              }
            }
          }
          return {
            name,
            m,
            wrt: ownInputs(steps, F),
            numbers: null,
            outputNames: null,
            prediction,
            jacobian,
          };
        }),
      };
    },
  };
}

/** Commits chunks of the run to a folder as workers do. */
export async function commitRun(
  folder: RunFolder,
  run: SyntheticRun,
  only?: readonly number[],
): Promise<void> {
  const { spec, scaled } = run;
  const F = spec.columns.length;
  await folder.commit(
    spec.stored.series.name,
    encodeSeries({
      series: {
        name: spec.inputs.series.name,
        columns: spec.columns,
        values: scaled,
        rows: scaled.length / F,
        time: null,
        group: null,
        extra: new Map(),
      },
      scaler: null,
      scaled,
    }),
  );
  for (const index of only ?? Array.from({ length: spec.chunks }, (_, i) => i)) {
    const part = run.part(index);
    const inputs = { rows: scaled, starts: Int32Array.from(part.row, Number) };
    const partial = partialOfChunk(part, inputs, spec, chunkAt(spec, index));
    await commitChunk(folder, index, encodePart(part), encodePartial(partial));
  }
}

/** Runs a test with a folder that is removed after it. */
export async function withFolder<T>(use: (folder: LocalFolder) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    return await use(new LocalFolder(folder.path));
  } finally {
    folder.remove();
  }
}

function specOf(
  { steps, columns, targets, precision = "float32", time, stride = 1 }: SyntheticOptions,
  rows: number,
) {
  const file = (name: string) => ({ name, sha256: "0".repeat(64), bytes: rows });
  return {
    run: "r0123456789abcde",
    inputs: { series: file("synthetic.csv"), model: file("synthetic.h5"), scaler: null },
    stored: {
      series: file("input/series.arrow"),
      model: file("input/model.h5"),
      program: file("input/program.bin"),
    },
    options: {
      sheet: null,
      columns: null,
      timeColumn: null,
      groupBy: null,
      target: "output",
      mode: "batch",
      window: null,
      windows: null,
      stride,
      missing: "skip",
      engine: "auto",
      precision,
      chunk: null,
    },
    columns: [...columns],
    layout: {
      steps,
      features: columns.length,
      targets: targets.map(({ name, m }) => ({ name, shape: [m], m })),
      precision,
      hasTime: time !== null,
      grouped: false,
    },
    versions: {},
  };
}
