import type { Method } from "./method.js";

/** x ∘ ∂y/∂x, x as the model sees it (Shrikumar et al. 2016): each input's share of a model that were linear through 0. */
export const inputTimesGradient: Method = {
  name: "input-x-gradient",
  async attribute({ executor, program }, { batch }, signal) {
    const { rows, starts } = batch;
    const size = program.steps * program.features;
    const results = await executor.run(batch, signal);
    for (const { jacobian } of results) {
      const gradients = jacobian.length / size; // windows · m
      const outputs = gradients / starts.length;
      for (let g = 0; g < gradients; g++) {
        const x = starts[Math.floor(g / outputs)]! * program.features;
        for (let e = 0; e < size; e++) jacobian[g * size + e]! *= rows[x + e]!;
      }
    }
    return results.map((result) => ({ ...result, completeness: null }));
  },
};
