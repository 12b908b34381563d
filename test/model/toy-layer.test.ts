import { readFileSync } from "node:fs";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import h5wasm, { type Group } from "h5wasm";
import { describe, expect, test } from "vitest";
import type { LayerFamily } from "../../src/model/layer-family.js";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import type { Program } from "../../src/program/program.js";
import { parseTarget } from "../../src/program/target.js";
import { UserError } from "../../src/shared/errors.js";
import type { Engine, Precision, TargetResult } from "../../src/worker/engine/engine.js";
import { loadAddon, nativeEngine } from "../../src/worker/engine/native.js";
import { reference } from "../../src/worker/engine/reference.js";
import { wasmEngine } from "../../src/worker/engine/wasm.js";
import { scratchFolder } from "../helpers/folders.js";
import { oracleCases } from "../helpers/oracle.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { bytesOf } from "../helpers/recorded-models.js";
import { shiftedSquare, toyRescaling } from "../helpers/toy-layer.js";
import { checkCase } from "../worker/engine/conformance.js";

const WINDOWS = 5;

const toy = (name: string, shift: number) => ({
  module: "keras.layers",
  class_name: "ShiftedSquare",
  config: { name, shift },
});

/** A recorded SimpleRNN with a toy layer before it, and another one applied to each of its steps. */
async function modelWithToy(weight: readonly number[] = [0.7, -1.2]): Promise<Uint8Array> {
  const parts = unzipSync(bytesOf("oracle/keras3/simple-rnn/keras3.keras"));
  const model = JSON.parse(strFromU8(parts["config.json"]!));
  const [input, rnn, dense] = model.config.layers;
  rnn.config.return_sequences = true;
  const each = {
    module: "keras.layers",
    class_name: "TimeDistributed",
    config: { name: "each", layer: toy("inner", -0.4) },
  };
  model.config.layers = [input, toy("toy", 0.3), rnn, each, dense];
  const weights = await withWeights(parts["model.weights.h5"]!, {
    "layers/shifted_square/vars": weight,
    "layers/time_distributed/layer/vars": Array.from({ length: 10 }, (_, i) => 0.2 * i - 0.9),
  });
  return zipSync({
    ...parts,
    "config.json": strToU8(JSON.stringify(model)),
    "model.weights.h5": weights,
  });
}

/** The file of weights with more of them, each the first of its group. */
async function withWeights(
  bytes: Uint8Array,
  groups: Readonly<Record<string, readonly number[]>>,
): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  FS.writeFile("/weights.h5", bytes);
  const file = new h5wasm.File("/weights.h5", "a");
  for (const [path, data] of Object.entries(groups)) {
    path.split("/").forEach((_, i, names) => {
      const group = names.slice(0, i + 1).join("/");
      if (file.get(group) === null) file.create_group(group);
    });
    const group = file.get(path) as Group;
    group.create_dataset({ name: "0", data: Float32Array.from(data), shape: [data.length] });
  }
  file.close();
  return FS.readFile("/weights.h5");
}

async function programOf(
  bytes: Uint8Array,
  target: string,
  family: LayerFamily = shiftedSquare,
): Promise<Program> {
  const graph = await readModel("toy.keras", bytes, { families: [family] });
  return compile(graph, { target: parseTarget(target) });
}

async function resultOf(
  engine: Engine,
  program: Program,
  rows: Float64Array,
  precision: Precision = "float64",
): Promise<TargetResult> {
  const executor = await engine.prepare(program, { precision, threads: 2 });
  try {
    const starts = Int32Array.from({ length: WINDOWS }, (_, w) => w);
    return (await executor.run({ rows, starts, aux: null }))[0]!;
  } finally {
    await executor.close();
  }
}

function rowsFor(program: Program): Float64Array {
  const random = randomNumbers(7);
  const length = (program.steps + WINDOWS - 1) * program.features;
  return Float64Array.from({ length }, () => 2 * random() - 1);
}

describe.each(["output", "loss", "layer:toy", "layer:each"])(
  "a layer in a module of its own, %s",
  (target) => {
    test("has the Jacobian that the differences of its model's results show", async () => {
      const program = await programOf(await modelWithToy(), target);
      const rows = rowsFor(program);
      const { jacobian } = await resultOf(reference, program, rows);
      const n = program.steps * program.features;
      const m = program.targets[0]!.output.n;
      const step = 1e-5;
      for (let i = 0; i < n; i++) {
        const [above, below] = await Promise.all(
          [step, -step].map(async (by) => {
            const moved = rows.slice();
            moved[i]! += by; // a value of the first window
            return (await resultOf(reference, program, moved)).prediction;
          }),
        );
        for (let k = 0; k < m; k++) {
          const difference = (above![k]! - below![k]!) / (2 * step);
          expect(Math.abs(jacobian[k * n + i]! - difference), `row ${k}, value ${i}`).toBeLessThan(1e-8);
        }
      }
      expect(jacobian.some((value) => Math.abs(value) > 0.1)).toBe(true);
    });

    test("is the same in every engine and precision", async () => {
      const program = await programOf(await modelWithToy(), target);
      const rows = rowsFor(program);
      const exact = await resultOf(reference, program, rows);
      const addon = loadAddon();
      const engines = [
        await wasmEngine(),
        await wasmEngine("plain"),
        ...addon.instructionSets().map((isa) => nativeEngine(addon, { isa })),
      ];
      for (const engine of engines) {
        for (const [precision, bound] of [
          ["float64", 1e-12],
          ["float32", 1e-5],
        ] as const) {
          const result = await resultOf(engine, program, rows, precision);
          for (const what of ["prediction", "jacobian"] as const) {
            const [expected, actual] = [Array.from(exact[what]), Array.from(result[what])];
            expect(actual.length).toBe(expected.length);
            const scale = Math.max(...expected.map(Math.abs));
            const worst = Math.max(...expected.map((value, k) => Math.abs(actual[k]! - value)));
            expect(worst, `${what} in ${precision}`).toBeLessThan(bound * scale);
          }
        }
      }
    });
  },
);

describe("a toy in the place of a recorded layer", () => {
  const recorded = oracleCases("models/keras3").find(({ name }) => name.endsWith("/rounded-constants"))!;
  const put = scratchFolder();

  test("passes the conformance suite on every engine", async () => {
    const model = recorded.models.find((path) => path.endsWith(".keras"))!;
    const parts = unzipSync(readFileSync(model));
    const config = strFromU8(parts["config.json"]!);
    const toyed = config.replace('"class_name": "Rescaling"', '"class_name": "ToyRescaling"');
    expect(toyed).not.toBe(config);
    const path = put("toy.keras", zipSync({ ...parts, "config.json": strToU8(toyed) }));
    await expect(checkCase(reference, recorded, path, "float64")).rejects.toThrow("ToyRescaling");
    const families = [toyRescaling];
    await checkCase(reference, recorded, path, "float64", { families });
    for (const engine of [await wasmEngine(), nativeEngine(loadAddon())]) {
      for (const precision of ["float64", "float32"] as const)
        await checkCase(engine, recorded, path, precision, { families });
    }
  });
});

describe("what goes wrong inside a layer is told by what it is", () => {
  const { classes, kinds } = shiftedSquare;
  const withPlace = (place: () => never): LayerFamily => ({
    classes,
    kinds: { ShiftedSquare: { ...kinds.ShiftedSquare, place } },
  });

  test("weights that do not fit are the file's mistake", async () => {
    const bytes = await modelWithToy([1, 2, 3]);
    await expect(programOf(bytes, "output")).rejects.toThrow(
      new UserError(
        "layer toy: its weight has shape [3], its input of (8, 2) needs [2]; save the model again",
      ),
    );
  });

  test("a defect stays what it is, with its cause and the layer's name", async () => {
    const bytes = await modelWithToy();
    for (const defect of [new TypeError("x is not a function"), new RangeError("Invalid array length")]) {
      const family = withPlace(() => {
        throw defect;
      });
      const error: unknown = await programOf(bytes, "output", family).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(UserError);
      expect(error).toMatchObject({
        message: `layer toy (ShiftedSquare): ${defect.message}`,
        cause: defect,
      });
    }
  });

  test("a defect of a parser is not taken for a file that nests too deeply", async () => {
    const defect = new RangeError("Maximum call stack size exceeded");
    const family: LayerFamily = {
      classes: {
        ShiftedSquare: () => {
          throw defect;
        },
      },
      kinds,
    };
    await expect(programOf(await modelWithToy(), "output", family)).rejects.toBe(defect);
  });

  test("a family that takes another's name is refused", async () => {
    const family: LayerFamily = { classes: { Dense: classes["ShiftedSquare"]! }, kinds: {} };
    await expect(programOf(await modelWithToy(), "output", family)).rejects.toThrow(
      "two families of layers have Dense",
    );
  });
});
