import type { Method } from "./method.js";

/** The derivatives as they are. */
export const gradient: Method = {
  name: "gradient",
  async attribute({ executor }, { batch }, signal) {
    const results = await executor.run(batch, signal);
    return results.map((result) => ({ ...result, completeness: null }));
  },
};
