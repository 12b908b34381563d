import { averageGradients, type Finish, type Points } from "./average-gradients.js";
import { gaussLegendre } from "./gauss-legendre.js";
import type { Method } from "./method.js";

/**
 * (x − x′) ∘ ∫₀¹ ∂y/∂x (x′ + α (x − x′)) dα, the integral by Gauss–Legendre of `steps` nodes (Sundararajan, Taly & Yan
 * 2017). Over a window the attributions sum to y(x) − y(x′), but for the error of the quadrature, which is `completeness`.
 * `baseline` [T·F]: x′, as the model sees it.
 */
export function integratedGradients(steps: number, baseline: Float64Array): Method {
  const { nodes, weights } = gaussLegendre(steps);
  const points: Points = {
    weights: Float64Array.from([0, 0, ...weights]), // the window, the baseline, the nodes between them
    place(point, _window, x, to) {
      if (point === 0) return to.set(x);
      if (point === 1) return to.set(baseline);
      const alpha = nodes[point - 2]!;
      for (let e = 0; e < to.length; e++) to[e] = baseline[e]! + alpha * (x[e]! - baseline[e]!);
    },
  };
  const finish: Finish = (w, x, { mean, predictions }, { prediction, jacobian, completeness }) => {
    const size = x.length;
    const m = mean.length / size;
    for (let k = 0; k < m; k++) {
      const at = (w * m + k) * size;
      for (let e = 0; e < size; e++) jacobian[at + e] = (x[e]! - baseline[e]!) * mean[k * size + e]!;
      let sum = 0; // of the numbers as they are stored
      for (let e = 0; e < size; e++) sum += jacobian[at + e]!;
      prediction[w * m + k] = predictions[k]!;
      completeness![w * m + k] = sum - (predictions[k]! - predictions[m + k]!);
    }
  };
  return {
    name: "integrated-gradients",
    attribute: (run, windows, signal) =>
      averageGradients(run, windows, points, { completeness: true, finish }, signal),
  };
}
