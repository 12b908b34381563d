import type { Floats, Part, PartTarget } from "./part.js";
import { ofAllWindows, ofOwnWindow, sizeOfWrt, windowsOfWrt } from "./wrt.js";

/**
 * A part of own blocks, [windows, m, T, F], as full mode has it, [windows, m, n, T, F]: by the inputs of all `planned`
 * windows, zeros but for a window's own. `from`: the position of the part's first window among the planned ones.
 */
export function spreadOut(part: Part, from: number, planned: number): Part {
  return withBlocks(part, (target) => {
    const { m, jacobian, wrt } = target;
    const size = sizeOfWrt(wrt);
    const full = zeros(jacobian, part.window.length * m * planned * size);
    for (let row = 0; row < part.window.length * m; row++) {
      const own = from + Math.floor(row / m);
      full.set(jacobian.subarray(row * size, (row + 1) * size), (row * planned + own) * size);
    }
    return { ...target, wrt: ofAllWindows(wrt, planned), jacobian: full };
  });
}

/** The windows' own blocks of a part in full mode, [windows, m, T, F]; any other part as it is. */
export function ownBlocks(part: Part, from: number): Part {
  return withBlocks(part, (target) => {
    const planned = windowsOfWrt(target.wrt);
    if (planned === null) return target;
    const { m, jacobian } = target;
    const wrt = ofOwnWindow(target.wrt);
    const size = sizeOfWrt(wrt);
    const own = zeros(jacobian, part.window.length * m * size);
    for (let row = 0; row < part.window.length * m; row++) {
      const at = (row * planned + from + Math.floor(row / m)) * size;
      own.set(jacobian.subarray(at, at + size), row * size);
    }
    return { ...target, wrt, jacobian: own };
  });
}

function withBlocks(part: Part, change: (target: PartTarget) => PartTarget): Part {
  return { ...part, targets: part.targets.map(change) };
}

function zeros(like: Floats, length: number): Floats {
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}
