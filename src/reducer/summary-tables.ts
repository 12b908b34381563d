import { lagOf, stepOf } from "../shared/plan.js";
import type { RunSpec } from "../shared/run-spec.js";
import { NO_TIME } from "../shared/series.js";
import type { TableColumn } from "../shared/table-arrow.js";
import type { FinishedRun } from "../statistics/finish/finish-run.js";
import { differs } from "../statistics/finish/timeline.js";
import { STATISTICS } from "../statistics/summary.js";
import { outputOf } from "./output-label.js";

/** A tidy table: so many rows, its columns in order. */
export interface ColumnTable {
  readonly rows: number;
  readonly columns: Readonly<Record<string, TableColumn>>;
}

/** The table of summary.arrow: a row for each output × lag × feature, the newest lag first. */
export function summaryTable({ outputs, partial }: FinishedRun, spec: RunSpec): ColumnTable {
  const { steps: T, features: F } = partial.plan;
  const size = T * F;
  const order = Array.from({ length: size }, (_, i) => stepOf(1 + Math.floor(i / F), T) * F + (i % F)); // entry of row i
  const texts = (value: (o: number, e: number) => string) =>
    outputs.flatMap((_, o) => order.map((e) => value(o, e)));
  const integers = (value: (o: number, e: number) => number) =>
    Int32Array.from({ length: outputs.length * size }, (_, i) =>
      value(Math.floor(i / size), order[i % size]!),
    );
  const numbers = (value: (o: number, e: number) => number) =>
    Float64Array.from({ length: outputs.length * size }, (_, i) =>
      value(Math.floor(i / size), order[i % size]!),
    );
  const names = outputs.map((output) => outputOf(spec, output));
  const total = outputs.map(({ meanSquare }) => meanSquare.reduce((sum, value) => sum + value, 0));
  return {
    rows: outputs.length * size,
    columns: {
      target: texts((o) => names[o]!.target),
      output: integers((o) => names[o]!.output),
      ...(named(spec) && { output_name: texts((o) => names[o]!.output_name ?? "") }),
      lag: integers((_, e) => lagOf(Math.floor(e / F), T)),
      step: integers((_, e) => Math.floor(e / F)),
      feature: texts((_, e) => spec.columns[e % F]!),
      ...Object.fromEntries(
        STATISTICS.map((name) => {
          const values = numbers((o, e) => outputs[o]!.entries[name][e]!);
          return [name, name === "n" ? counts(values) : values];
        }),
      ),
      share: numbers((o, e) => outputs[o]!.meanSquare[e]! / total[o]!),
      nonfinite: counts(
        numbers((o, e) => partial.targets[outputs[o]!.target]!.nonfinite[outputs[o]!.output * size + e]!),
      ),
    },
  };
}

/** The table of timeline.arrow: a row for each bin × output × feature. */
export function timelineTable({ partial, timelines }: FinishedRun, spec: RunSpec): ColumnTable {
  const cells = timelines.flatMap((timeline, t) =>
    timeline.bins.flatMap((bin, b) =>
      Array.from({ length: timeline.m * timeline.features }, (_, cell) => ({
        timeline,
        bin,
        output: outputOf(spec, { target: t, output: Math.floor(cell / timeline.features) }),
        f: cell % timeline.features,
        n: timeline.n[b * timeline.m + Math.floor(cell / timeline.features)]!,
        at: b * timeline.m * timeline.features + cell,
      })),
    ),
  );
  const { timeUnit } = partial.bins;
  return {
    rows: cells.length,
    columns: {
      window: BigInt64Array.from(cells, ({ bin }) => bin.window),
      row: BigInt64Array.from(cells, ({ bin }) => bin.row),
      ...(timeUnit && {
        time: { unit: timeUnit, values: BigInt64Array.from(cells, ({ bin }) => bin.time ?? NO_TIME) },
      }),
      target: cells.map(({ output }) => output.target),
      output: Int32Array.from(cells, ({ output }) => output.output),
      ...(named(spec) && { output_name: cells.map(({ output }) => output.output_name ?? "") }),
      feature: cells.map(({ f }) => spec.columns[f]!),
      n: BigInt64Array.from(cells, ({ n }) => BigInt(n)),
      mean: Float64Array.from(cells, ({ timeline, at }) => timeline.mean[at]!),
      rms: Float64Array.from(cells, ({ timeline, at }) => timeline.rms[at]!),
      score: Float64Array.from(cells, ({ timeline, at }) => timeline.score[at]!),
      differs: cells.map(({ timeline, at }) => differs(timeline.score[at]!)),
    },
  };
}

function named({ layout }: RunSpec): boolean {
  return layout.targets.some(({ outputNames }) => outputNames !== null);
}

function counts(values: Float64Array): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}
