import { averageGradients, type Finish, type Points } from "./average-gradients.js";
import type { Method } from "./method.js";
import { normalNoise } from "./normal-noise.js";

/**
 * The mean of ∂y/∂x (x + ε) over samples of ε ~ N(0, sd²), independent in each input (Smilkov et al. 2017): an estimate of
 * the derivative of the model smoothed by that noise. `sd` [F], as the model sees the features.
 */
export function smoothgrad(samples: number, sd: Float64Array, seed: number): Method {
  const points: Points = {
    weights: Float64Array.from({ length: samples + 1 }, (_, point) => (point === 0 ? 0 : 1)), // the window itself first
    place(point, window, x, to) {
      to.set(x);
      if (point === 0) return;
      const draw = normalNoise(seed, window, point);
      for (let e = 0; e < to.length; e++) to[e]! += sd[e % sd.length]! * draw();
    },
  };
  const finish: Finish = (w, x, { mean, predictions }, { prediction, jacobian }) => {
    const m = mean.length / x.length;
    prediction.set(predictions.subarray(0, m), w * m);
    jacobian.set(mean, w * mean.length);
  };
  return {
    name: "smoothgrad",
    attribute: (run, windows, signal) =>
      averageGradients(run, windows, points, { completeness: false, finish }, signal),
  };
}
