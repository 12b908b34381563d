/** A mistake that a named test must catch. */
export interface Fault {
  readonly what: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly text: string;
  readonly instead: string;
  readonly test: string; // its file
  readonly named: string; // the end of its full name, after those of its blocks
}

const REDUCE = "test/reducer/reduce-run.test.ts";
const HANDLERS = "test/run/chunk-jobs.test.ts";
const SKETCH = "test/statistics/sketch.test.ts";

export const FAULTS: readonly Fault[] = [
  {
    what: "the reducer skips a chunk",
    file: "src/reducer/merge-run.ts",
    text: "    mergePartials(total, partial);",
    instead: "    if (i > 0) mergePartials(total, partial);",
    test: REDUCE,
    named: "writes a row for each output, lag and feature, the newest lag first, the same in both files",
  },
  {
    what: "a chunk's job ends before its files are committed",
    file: "src/worker/process-chunk.ts",
    text: "await commitChunk(",
    instead: "void commitChunk(",
    test: HANDLERS,
    named: "has ended only once its part and its statistics are committed",
  },
  {
    what: "a lag is off by one",
    file: "src/shared/plan.ts",
    text: "(lag: number, steps: number): number => steps - lag",
    instead: "(lag: number, steps: number): number => (2 * steps - lag - 1) % steps",
    test: REDUCE,
    named: "writes a row for each output, lag and feature, the newest lag first, the same in both files",
  },
  {
    what: "a permanent error is tried again, in one process",
    file: "src/queue/local-queue.ts",
    text: "attempt >= ATTEMPTS || isPermanent(error)",
    instead: "attempt >= ATTEMPTS",
    test: "test/queue/local-queue.test.ts",
    named: "never tries a chunk again after a permanent error, and reduces the rest",
  },
  {
    what: "a permanent error is tried again, on Redis",
    file: "src/queue/redis/redis-worker.ts",
    text: "const last = isPermanent(error) ||",
    instead: "const last =",
    test: "test/queue/redis-queue.test.ts",
    named: "never tries a chunk again after a permanent error, and reduces the rest",
  },
  {
    what: "a sketch drops its last bucket as it is written",
    file: "src/statistics/sketch.ts",
    text: "for (let slot = next; slot < end; slot++)",
    instead: "for (let slot = next; slot < end - 1; slot++)",
    test: SKETCH,
    named: "is read back as it was written",
  },
  {
    what: "a sketch drops its last bucket as it is merged",
    file: "src/statistics/sketch.ts",
    text: "for (let i = 0; i < counts.length; i++)",
    instead: "for (let i = 0; i < counts.length - 1; i++)",
    test: SKETCH,
    named:
      "merged from pieces, in any order, is the sketch of the whole: the first and last bucket of an octave, of either sign",
  },
  {
    what: "a quantile leaves out the last bucket",
    file: "src/statistics/finish/quantiles.ts",
    text: "slot < sketch.width; slot++",
    instead: "slot < sketch.width - 1; slot++",
    test: SKETCH,
    named:
      "answers quantiles within 1 % of the values: the first and last bucket of an octave, of either sign",
  },
  {
    what: "the digest of a stored input is not checked",
    file: "src/worker/open-run.ts",
    text: "if (sha256(bytes) === file.sha256) return bytes;",
    instead: "if (sha256(bytes) !== null || file) return bytes;",
    test: HANDLERS,
    named: "is refused for good where the stored program is not the one planned with",
  },
  {
    what: "the digest of a part is not checked as its statistics are computed again",
    file: "src/reducer/merge-run.ts",
    text: "if (sha256(bytes) !== chunk.sha256) {",
    instead: "if (sha256(bytes) === null) {",
    test: REDUCE,
    named: "computes damaged statistics again from the part, to the same bytes",
  },
  {
    what: "an aux value is that of the row before",
    file: "src/worker/slice-windows.ts",
    text: "values[start + plan.steps] ??",
    instead: "values[start + plan.steps - 1] ??",
    test: HANDLERS,
    named: "compares each window's output with the column's value at the row after that window",
  },
  {
    what: "an engine takes the aux value of the tile's first window",
    file: "src/worker/engine/reference.ts",
    text: "aux![window * auxRange.n + unit]",
    instead: "aux![first * auxRange.n + unit]",
    test: "test/worker/engine/reference.test.ts",
    named: "oracle/keras3/seed-lstm from keras3.h5 agrees with the tape",
  },
  {
    what: "the queue's password is logged when the queue is lost",
    file: "src/queue/redis/connect-redis.ts",
    text: "address.label}; waiting for it",
    instead: "url}; waiting for it",
    test: "test/run/secrets.test.ts",
    named: "when the queue is lost under a run and the run is interrupted",
  },
  {
    what: "a buffer that later passes of an adjoint read is given away",
    file: "src/program/plan-memory.ts",
    text: "if (repeats) for (const buffer of outside) last[buffer] = end;",
    instead: "",
    test: "test/program/plan-memory.test.ts",
    named: "keeps what a repeated section reads from before it until its last pass, and no longer",
  },
];
