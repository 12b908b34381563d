import { describe, expect, it } from "vitest";
import { planChunks } from "../../../src/producer/plan/plan-chunks.js";

/** A program of one target, as far as the plan of chunks looks at it. */
function program({ multiplyAdds, outputs = 1, inputs = 100 }: Record<string, number>) {
  const target = { output: { at: 0, n: outputs }, gradient: { at: 0, n: inputs } };
  return { multiplyAdds, targets: [target] } as unknown as Parameters<typeof planChunks>[1];
}

describe("the plan of chunks", () => {
  it("gives a chunk about a second's work, in whole tiles of windows", () => {
    // 40 GFLOP are 8,000 windows of 2.5 million multiply-adds, and 8,000 are 125 tiles of 64.
    expect(planChunks(38_246, program({ multiplyAdds: 2.5e6 }), "float32", null)).toEqual({
      chunkSize: 8000,
      chunks: 5,
    });
    // 6,666 windows, of which 104 tiles are whole; exactly six chunks, and a seventh for one window more.
    const odd = program({ multiplyAdds: 3e6 });
    expect(planChunks(6 * 6656, odd, "float32", null)).toEqual({ chunkSize: 6656, chunks: 6 });
    expect(planChunks(6 * 6656 + 1, odd, "float32", null)).toEqual({ chunkSize: 6656, chunks: 7 });
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
