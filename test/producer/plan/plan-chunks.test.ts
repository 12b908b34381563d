import { describe, expect, it } from "vitest";
import { planChunks } from "../../../src/producer/plan/plan-chunks.js";

/** A program of one target, as far as the plan of chunks looks at it. */
function program({ multiplyAdds, outputs = 1, inputs = 100 }: Record<string, number>) {
  const target = { output: { at: 0, n: outputs }, gradient: { at: 0, n: inputs } };
  return { multiplyAdds, targets: [target] } as unknown as Parameters<typeof planChunks>[1];
}

describe("the plan of chunks", () => {
  it("gives a chunk about a second's work, in whole tiles of windows", () => {
    const { chunkSize, chunks } = planChunks(38_246, program({ multiplyAdds: 2.5e6 }), "float32", null);
    expect(chunkSize % 64).toBe(0);
    expect(2 * 2.5e6 * chunkSize).toBeGreaterThan(3e10);
    expect(2 * 2.5e6 * chunkSize).toBeLessThanOrEqual(4e10);
    expect(chunks).toBe(Math.ceil(38_246 / chunkSize));
  });

  it("gives a chunk of a heavy model one whole tile", () => {
    expect(planChunks(1000, program({ multiplyAdds: 4e9 }), "float32", null)).toEqual({
      chunkSize: 64,
      chunks: 16,
    });
  });

  it("keeps a chunk's Jacobians within 128 MiB, at least one window", () => {
    const many = program({ multiplyAdds: 1e6, outputs: 2000, inputs: 4000 }); // 32 MB a window
    expect(planChunks(10, many, "float32", null).chunkSize).toBe(4);
    expect(planChunks(10, many, "float64", null).chunkSize).toBe(2);
    const huge = program({ multiplyAdds: 1e6, outputs: 1e6, inputs: 1e4 });
    expect(planChunks(10, huge, "float32", null).chunkSize).toBe(1);
  });

  it("takes the size that is asked for", () => {
    expect(planChunks(10, program({ multiplyAdds: 4e9 }), "float32", 3)).toEqual({ chunkSize: 3, chunks: 4 });
  });
});
