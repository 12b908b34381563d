/** Where the seconds of a chunk go, in order; `reduce` is the step that ends a run. */
export const PHASES = ["open", "slice", "compute", "statistics", "encode", "commit", "reduce"] as const;

/** A phase of the work on a job. */
export type Phase = (typeof PHASES)[number];

/** Hears what a job costs. */
export interface Meter {
  phase(phase: Phase, seconds: number): void;
  /** Windows computed and committed. */
  windows(count: number): void;
}

/** Where nobody measures. */
export const silentMeter: Meter = { phase: () => undefined, windows: () => undefined };

/** Times one phase after the other: each call ends the phase that began at the last. */
export function stopwatch(meter: Meter): (phase: Phase) => void {
  let last = performance.now();
  return (phase) => {
    const now = performance.now();
    meter.phase(phase, (now - last) / 1000);
    last = now;
  };
}
