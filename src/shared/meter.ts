/** Where the seconds of a chunk go, in order; `reduce` is the step that ends a run. */
export const PHASES = ["open", "slice", "compute", "statistics", "encode", "commit", "reduce"] as const;

export type Phase = (typeof PHASES)[number];

/** Hears what work costs, for metrics. */
export interface Meter {
  phase(run: string, phase: Phase, seconds: number): void;
  /** Windows computed and committed. */
  windows(run: string, count: number): void;
}

/** Where nobody measures. */
export const silentMeter: Meter = { phase: () => undefined, windows: () => undefined };

/** Times one phase after the other: each call ends the phase that began at the last. */
export function stopwatch(meter: Meter, run: string): (phase: Phase) => void {
  let last = performance.now();
  return (phase) => {
    const now = performance.now();
    meter.phase(run, phase, (now - last) / 1000);
    last = now;
  };
}
