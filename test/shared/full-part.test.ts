import { describe, expect, it } from "vitest";
import { ownBlocks, spreadOut } from "../../src/shared/full-part.js";
import { decodePart, encodePart } from "../../src/shared/jacobian-arrow.js";
import { chunkAt, parseRunSpec, type RunSpec } from "../../src/shared/run-spec.js";
import { ofAllWindows } from "../../src/shared/wrt.js";
import { encodePartial } from "../../src/statistics/encode-partial.js";
import { partialOfChunk } from "../../src/statistics/partial-of-chunk.js";
import { partialOfPart } from "../../src/statistics/partial-of-part.js";
import { syntheticRun } from "../helpers/synthetic-run.js";

const run = syntheticRun({
  windows: 7,
  steps: 3,
  columns: ["a", "b"],
  targets: [
    { name: "y", m: 2 },
    { name: "z", m: 1 },
  ],
  chunkSize: 4,
});
const chunk = chunkAt(run.spec, 1); // windows 4, 5, 6
const full = () => spreadOut(run.part(1), chunk.from, 7);

describe("a part in full mode", () => {
  it("has each window's derivatives at its own place, and 0 at the others", () => {
    const { targets } = full();
    expect(targets.map(({ wrt }) => wrt)).toEqual(
      [1, 2].map(() => ({ shape: [7, 3, 2], names: ["window", "step", "feature"] })),
    );
    for (const [t, { m, jacobian }] of targets.entries()) {
      const own = run.part(1).targets[t]!.jacobian;
      expect(jacobian.length).toBe(3 * m * 7 * 6);
      for (const [i, value] of jacobian.entries()) {
        const [entry, block, row] = [i % 6, Math.floor(i / 6) % 7, Math.floor(i / 42)];
        const expected = block === 4 + Math.floor(row / m) ? own[row * 6 + entry]! : 0;
        expect(Object.is(value, expected)).toBe(true);
      }
    }
  });

  it("is read back as it was written, and gives back the windows' own blocks", () => {
    const read = decodePart(encodePart(full()));
    expect(read).toEqual(full());
    expect(ownBlocks(read, chunk.from)).toEqual(run.part(1));
    expect(ownBlocks(run.part(1), chunk.from)).toEqual(run.part(1));
  });

  it("gives the statistics of the own blocks, and is no part of a run in batch mode", () => {
    const { layout } = run.spec;
    const targets = layout.targets.map((each) => ({ ...each, wrt: ofAllWindows(each.wrt, 7) }));
    const spec: RunSpec = { ...run.spec, layout: { ...layout, targets } };
    const part = run.part(1);
    const inputs = { rows: run.scaled, starts: Int32Array.from(part.row, Number) };
    const expected = encodePartial(partialOfChunk(part, inputs, run.spec, chunk));
    expect(encodePartial(partialOfPart(encodePart(full()), run.scaled, spec, chunk))).toEqual(expected);
    expect(() => partialOfPart(encodePart(full()), run.scaled, run.spec, chunk)).toThrow(/not one of run/);
  });
});

describe("the record of a run from before there were other targets' inputs, and a choice of outputs,", () => {
  it("is read as differentiated by the window's own inputs, of all outputs", () => {
    const { layout, ...rest } = JSON.parse(JSON.stringify(run.spec));
    const targets = layout.targets.map(({ name, shape, m }: Record<string, unknown>) => ({ name, shape, m }));
    expect(parseRunSpec({ ...rest, layout: { ...layout, targets } })).toEqual(run.spec);
    expect(run.spec.layout.targets[1]).toMatchObject({
      numbers: null,
      outputNames: null,
      wrt: { shape: [3, 2], names: ["step", "feature"] },
    });
  });
});
