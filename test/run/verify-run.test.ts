import { readFileSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Layer, LayerKinds } from "../../src/model/layers/layer-kinds.js";
import { storeRun } from "../../src/producer/plan/enqueue-run.js";
import { identifyRun } from "../../src/producer/plan/identify-run.js";
import { type PlannedRun, planRun } from "../../src/producer/plan/plan-run.js";
import { compile } from "../../src/program/compile.js";
import type { Graph, Node } from "../../src/program/graph.js";
import { encodeProgramFile } from "../../src/program/program-file.js";
import { silentMeter } from "../../src/queue/meter.js";
import { ProcessHandlers } from "../../src/run/run-handlers.js";
import { verifyRun } from "../../src/run/verify/verify-run.js";
import { partialName } from "../../src/shared/committed-chunks.js";
import { decodePart, encodePart } from "../../src/shared/jacobian-arrow.js";
import { readManifest, writeManifest } from "../../src/shared/manifest.js";
import type { Part } from "../../src/shared/part.js";
import { Phases } from "../../src/shared/phases.js";
import type { RunFolder } from "../../src/shared/run-folder.js";
import { recordOf, sha256 } from "../../src/shared/run-spec.js";
import { SEED_LSTM, WEATHER } from "../helpers/places.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { withFolder } from "../helpers/synthetic-run.js";

const never = new AbortController().signal;

interface Computed {
  readonly folder: RunFolder;
  readonly path: (name: string) => string;
  readonly verify: () => ReturnType<typeof verifyRun>;
}

/** Computes a run, of the demo or another, as a process does; `prepare` may change what is planned. */
async function computed(
  use: (run: Computed) => Promise<void>,
  { series = SEED_LSTM.series, options = {}, prepare = (planned: PlannedRun) => planned } = {},
): Promise<void> {
  await withFolder(async ({ location }) => {
    const model = series === WEATHER ? {} : { model: SEED_LSTM.model, chunk: 7 };
    const identified = await identifyRun(series, { ...model, ...options }, location);
    const { folder, spec, ...planned } = prepare(await planRun(identified, new Phases()));
    await storeRun({ folder, spec, ...planned });
    const handlers = new ProcessHandlers(1, () => undefined);
    const job = { run: spec.run, folder: folder.uri };
    for (let chunk = 0; chunk < spec.chunks; chunk++)
      await handlers.chunk({ ...job, chunk }, never, silentMeter);
    await handlers.reduce({ ...job, reasons: new Map(), end: async () => {} }, never, silentMeter);
    await handlers.close();
    const verify = async () => verifyRun(folder, (await readManifest(folder))!);
    await use({ folder, path: (name) => join(folder.location, name), verify });
  });
}

/** Changes a part, and makes its digest in the record and its statistics' name fit. */
async function forge({ folder, path }: Computed, change: (part: Part) => void): Promise<void> {
  const manifest = (await readManifest(folder))!;
  const [record] = manifest.table;
  const part = decodePart(await folder.read(record!.part));
  change(part);
  const bytes = encodePart(part);
  await folder.write(record!.part, bytes);
  await rename(path(partialName(0, record!.sha256)), path(partialName(0, sha256(bytes))));
  record!.sha256 = recordOf("", bytes).sha256;
  await writeManifest(folder, manifest);
}

test("the demo's run passes", { timeout: 60_000 }, async () => {
  await computed(
    async ({ verify }) => {
      const { ok, files, sample } = await verify();
      expect({ ok, ...files }).toEqual({ ok: true, checked: 9, bad: [], notes: [] });
      expect(sample).toMatchObject({ windows: 64, kinks: 0, unexplained: [] });
      expect(sample!.worst[0]!.relative).toBeLessThan(1e-5);
      expect(sample!.quotients.worst[0]!.relative).toBeLessThan(1e-8);
    },
    { series: WEATHER },
  );
});

test.each(["float32", "float64"] as const)("an entry changed by 1e-3 is found in %s", async (precision) => {
  const options = { precision };
  await computed(
    async (run) => {
      expect(await run.verify()).toMatchObject({ ok: true, sample: { windows: 24 } });
      await forge(run, ({ targets: [target] }) => {
        target!.jacobian[3 * 100 + 97]! += 1e-3;
      });
      const { ok, files, sample } = await run.verify();
      expect({ ok, bad: files.bad }).toEqual({ ok: false, bad: [] });
      expect(sample!.unexplained).toMatchObject([{ window: 3, lag: 1, output: 0, kink: false }]);
    },
    { options },
  );
});

test.each([
  { method: "integrated-gradients", steps: 8, baseline: "mean" },
  { method: "smoothgrad", samples: 4 },
  { method: "input-x-gradient" },
])("what $method made of the derivatives is made again", async (options) => {
  await computed(
    async (run) => {
      expect(await run.verify()).toMatchObject({
        ok: true,
        sample: { windows: 24, quotients: { windows: 0 } },
      });
      await forge(run, ({ targets: [target] }) => {
        target!.jacobian[3 * 100 + 97]! += 1e-3;
      });
      expect(await run.verify()).toMatchObject({
        ok: false,
        sample: { unexplained: [{ window: 3, lag: 1 }] },
      });
    },
    { options: { ...options, precision: "float64" } },
  );
});

test("a part in full mode passes, and not where another window's inputs have a derivative", async () => {
  await computed(
    async (run) => {
      expect(await run.verify()).toMatchObject({ ok: true, sample: { windows: 3 } });
      await forge(run, ({ targets: [target] }) => {
        target!.jacobian[100] = 1e-9; // of window 0 by the first input of window 5
      });
      const { ok, files, sample } = await run.verify();
      expect({ ok, bad: files.bad }).toEqual({ ok: false, bad: [] });
      expect(sample!.strays).toEqual(["jacobians/part-00000.arrow"]);
    },
    { options: { mode: "full", windows: "0,5,9" } },
  );
});

test("a row of another window is found", async () => {
  await computed(async (run) => {
    await forge(run, ({ targets: [target] }) => {
      target!.jacobian.copyWithin(400, 200, 300); // window 2's to window 4
    });
    const { ok, files, sample } = await run.verify();
    expect({ ok, bad: files.bad }).toEqual({ ok: false, bad: [] });
    expect(new Set(sample!.unexplained.map(({ window }) => window))).toEqual(new Set([4]));
  });
});

test("each file that is changed, missing or foreign is named, and no other", {
  timeout: 30_000,
}, async () => {
  await computed(async ({ folder, path, verify }) => {
    const [partial] = await folder.list("partials/");
    const flip = [
      "summary.json",
      "summary.arrow",
      "timeline.arrow",
      "report.html",
      partial!.name,
      "jacobians/part-00001.arrow",
    ];
    for (const name of flip) {
      const before = readFileSync(path(name));
      const bytes = Uint8Array.from(before);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path(name), bytes);
      expect((await verify()).files.bad).toMatchObject([{ name, fault: "changed" }]);
      await folder.remove(name);
      expect((await verify()).files.bad).toMatchObject([{ name, fault: "missing" }]);
      writeFileSync(path(name), before);
    }
    for (const name of ["jacobians/part-00099.arrow", "partials/other.bin"]) {
      writeFileSync(path(name), "");
      const { ok, files } = await verify();
      expect({ ok, bad: files.bad }).toMatchObject({ ok: false, bad: [{ name, fault: "unexpected" }] });
      await folder.remove(name);
    }
    expect((await verify()).ok).toBe(true);
  });
});

test("a run that still goes on is verified as far as it goes, and says so", async () => {
  await computed(async ({ folder, verify }) => {
    const manifest = (await readManifest(folder))!;
    await writeManifest(folder, { ...manifest, status: "running", table: [], results: [] });
    const { ok, files, sample } = await verify();
    expect({ ok, checked: files.checked, windows: sample?.windows }).toEqual({
      ok: true,
      checked: 11,
      windows: 24,
    });
    expect(files.notes).toEqual([
      expect.stringMatching(/no digests of summary and report \(the run is running\)/),
    ]);
  });
});

/** Dense layers of relus with weights set by the seed, over 20 × 5 inputs; one unit takes the newest a − b alone. */
function relus(seed: number): Graph {
  const random = randomNumbers(seed);
  const weight = (...shape: [number, number]) => ({
    shape,
    data: Float64Array.from({ length: shape[0] * shape[1] }, () =>
      Math.fround((random() - 0.5) * Math.sqrt(24 / shape[0])),
    ),
  });
  const kinds = new LayerKinds();
  const relu = { kind: "relu", negativeSlope: 0, maxValue: Number.POSITIVE_INFINITY, threshold: 0 } as const;
  const node = (name: string, layer: Layer, inputs: number[]): Node => ({
    name,
    layer,
    kind: kinds.kindOf(layer),
    perStep: 0,
    inputs: inputs.map((at) => ({ node: at, result: 0 })),
  });
  const nodes = [node("in", { kind: "Input" }, []), node("flat", { kind: "Flatten" }, [0])];
  for (const [inputs, units] of [
    [100, 64],
    [64, 64],
    [64, 64],
    [64, 64],
    [64, 1],
  ] as const) {
    const layer = {
      kind: "Dense" as const,
      activation: units === 1 ? { kind: "linear" as const } : relu,
      kernel: weight(inputs, units),
      bias: null,
    };
    if (inputs === 100)
      for (let input = 0; input < 100; input++)
        layer.kernel.data[input * units] = input === 95 ? 1 : input === 96 ? -1 : 0;
    nodes.push(node(`dense${nodes.length}`, layer, [nodes.length - 1]));
  }
  const outputs = [{ name: "y", ref: { node: nodes.length - 1, result: 0 } }];
  return { name: "relus", inputShape: [20, 5], nodes, outputs, layers: new Map(), notes: [] };
}

test("a float32 run is accepted at its kinks", { timeout: 60_000 }, async () => {
  const program = encodeProgramFile(compile(relus(1), { target: { kind: "output" } }));
  await withFolder(async ({ location }) => {
    const random = randomNumbers(7);
    const series = join(location, "long.csv");
    const rows = Array.from({ length: 200 }, (_, row) => {
      const [a, b, ...others] = Array.from({ length: 5 }, () => random() * 2 - 1);
      return [row % 10 === 0 ? b! + 1e-9 * (random() - 0.5) : a, b, ...others].join(); // a − b: 0 in float32
    });
    writeFileSync(series, `a,b,c,d,e\n${rows.join("\n")}\n`);
    const prepare = ({ spec, files, ...planned }: PlannedRun): PlannedRun => ({
      ...planned,
      spec: { ...spec, stored: { ...spec.stored, program: recordOf("input/program.bin", program) } },
      files: new Map([...files, ["input/program.bin", program]]),
    });
    await computed(
      async ({ folder }) => {
        const verified = await verifyRun(folder, (await readManifest(folder))!, { windows: 181 });
        expect(verified.sample!.kinks).toBeGreaterThan(3);
        expect(verified).toMatchObject({ ok: true, sample: { unexplained: [] } });
      },
      { series, options: { chunk: 400 }, prepare },
    );
  });
});
