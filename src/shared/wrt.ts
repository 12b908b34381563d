/** What a target is differentiated by: the axes of its Jacobian after the output's. */
export interface Wrt {
  readonly shape: readonly number[]; // a window's own inputs: [T, F]; in full mode [n, T, F], n the planned windows
  readonly names: readonly string[]; // of its axes
}

/** How many values it is. */
export const sizeOfWrt = ({ shape }: Wrt): number => shape.reduce((a, b) => a * b, 1);

/** A window's own inputs, step-major. */
export function ownInputs(steps: number, features: number): { shape: number[]; names: string[] } {
  return { shape: [steps, features], names: ["step", "feature"] };
}

const WINDOW = "window";

/** The same of every one of `windows` windows, as in full mode. */
export function ofAllWindows({ shape, names }: Wrt, windows: number): { shape: number[]; names: string[] } {
  return { shape: [windows, ...shape], names: [WINDOW, ...names] };
}

/** Of how many windows it is, where it is not the window's own alone; null where it is. */
export function windowsOfWrt({ shape, names }: Wrt): number | null {
  return names[0] === WINDOW ? shape[0]! : null;
}

/** The same of the window's own alone. */
export function ofOwnWindow(wrt: Wrt): { shape: number[]; names: string[] } {
  const from = windowsOfWrt(wrt) === null ? 0 : 1;
  return { shape: wrt.shape.slice(from), names: wrt.names.slice(from) };
}
