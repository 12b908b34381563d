/** What a target is differentiated by: the axes of its Jacobian after the output's. */
export interface Wrt {
  readonly shape: readonly number[]; // [T, F]; in full mode [n, T, F], n the planned windows
  readonly names: readonly string[]; // of its axes: step, feature; in full mode window before them
}

/** By the window's own inputs. */
export function ownInputs(steps: number, features: number): { shape: number[]; names: string[] } {
  return { shape: [steps, features], names: ["step", "feature"] };
}

/** By the inputs of every one of `windows` windows. */
export function allInputs(
  windows: number,
  steps: number,
  features: number,
): { shape: number[]; names: string[] } {
  return { shape: [windows, steps, features], names: ["window", "step", "feature"] };
}

/** How many values it is. */
export const sizeOfWrt = ({ shape }: Wrt): number => shape.reduce((a, b) => a * b, 1);
