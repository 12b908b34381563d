import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Layer } from "../../src/model/layers/layer-kinds.js";
import { readModel } from "../../src/model/read-model.js";
import type { Graph } from "../../src/program/graph.js";
import { FIXTURES } from "../helpers/places.js";
import { changed } from "../helpers/recorded-models.js";

const read = (path: string): Promise<Graph> => readModel(basename(path), readFileSync(path));
const model = (path: string): Promise<Graph> => read(join(FIXTURES, path));

/** Every model file below a folder of cases. */
function modelsOf(...sets: string[]): string[] {
  return sets.flatMap((set) =>
    readdirSync(join(FIXTURES, set)).flatMap((name) =>
      readdirSync(join(FIXTURES, set, name))
        .filter((file) => /\.(h5|keras)$/.test(file))
        .map((file) => join(FIXTURES, set, name, file)),
    ),
  );
}

describe("reading models", () => {
  const all = modelsOf("oracle/keras2", "oracle/keras3", "models/keras2", "models/keras3");

  test.each(all.map((path) => path.slice(FIXTURES.length + 1)))(
    "%s becomes a graph in topological order",
    async (path) => {
      const graph = await model(path);
      expect(graph.nodes[0]!.layer.kind).toBe("Input");
      graph.nodes.forEach((node, i) => {
        for (const input of node.inputs) expect(input.node).toBeLessThan(i);
      });
      for (const { ref } of graph.outputs) expect(graph.nodes[ref.node]).toBeDefined();
      expect(graph.outputs.length).toBeGreaterThan(0);
    },
  );

  test.each(all.filter((path) => path.endsWith(".keras")).map((path) => path.slice(FIXTURES.length + 1)))(
    "%s is the same as the .h5 beside it",
    async (path) => {
      expect(await model(path)).toEqual(await model(path.replace(/keras$/, "h5")));
    },
  );
});

describe("what a graph says", () => {
  const layersOf = (graph: Graph) => graph.nodes.map((node) => node.layer as Layer);
  const layerOf = (graph: Graph, name: string) => layersOf(graph)[graph.layers.get(name)!.node]!;

  test("its input, its outputs and its layers by name, nested ones by path", async () => {
    const graph = await model("models/keras3/nested/keras3.keras");
    expect(graph.inputShape).toEqual([5, 2]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["deferred", "head", "head_1"]);
    expect(layerOf(graph, "encoder/inner/lstm").kind).toBe("LSTM");
    expect(layerOf(graph, "head/up").kind).toBe("Dense");
    expect(graph.layers.get("encoder")).toEqual(graph.layers.get("encoder/dense_1"));
  });

  test("a shared layer is one object in several nodes", async () => {
    const { nodes } = await model("models/keras2/nested/keras2.h5");
    const calls = nodes.filter((node) => node.name === "shared");
    expect(calls).toHaveLength(2);
    expect(calls[0]!.layer).toBe(calls[1]!.layer);
    expect(calls[0]!.inputs).not.toEqual(calls[1]!.inputs);
  });

  test("outputs in a dictionary keep its names", async () => {
    for (const path of [
      "models/keras2/named-outputs/keras2.h5",
      "models/keras3/named-outputs/keras3.keras",
    ]) {
      expect((await model(path)).outputs.map(({ name }) => name).sort()).toEqual(["all", "mean", "spread"]);
    }
  });

  test("hard_sigmoid has the slope of the Keras that wrote the file", async () => {
    const slope = async (path: string) => {
      const graph = await model(path);
      const layer = layersOf(graph).find(
        (each) => each.kind === "LSTM" && each.recurrentActivation.kind === "hard_sigmoid",
      );
      return layer?.kind === "LSTM" && layer.recurrentActivation.kind === "hard_sigmoid"
        ? layer.recurrentActivation.slope
        : null;
    };
    expect(await slope("oracle/keras2/activations/keras2.h5")).toBe(0.2);
    expect(await slope("oracle/keras3/activations/keras3.h5")).toBe(1 / 6);
  });

  test("an activation is found by its name, its registered name, or the layer that stands for it", async () => {
    const leaky = {
      kind: "relu",
      negativeSlope: Math.fround(0.2),
      maxValue: Number.POSITIVE_INFINITY,
      threshold: 0,
    };
    const layerObject = '{"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "l"}}';
    for (const [written, read] of [
      ['"leaky_relu"', leaky],
      ['"swish"', { kind: "silu" }],
      ["null", { kind: "linear" }],
      [
        '{"class_name": "function", "config": "gelu", "registered_name": "gelu"}',
        { kind: "gelu", approximate: false },
      ],
      ['"keras.activations>mish"', { kind: "mish" }],
      [layerObject, { ...leaky, negativeSlope: Math.fround(0.3) }],
      [
        '{"class_name": "ReLU", "config": {"max_value": Infinity, "threshold": 1.5}}',
        { ...leaky, negativeSlope: 0, threshold: 1.5 },
      ],
    ] as const) {
      const bytes = changed(
        "oracle/keras3/seed-dense/keras3.keras",
        '"activation": "relu"',
        `"activation": ${written}`,
      );
      const { nodes } = await readModel("m.keras", bytes);
      expect(nodes[1]!.layer).toMatchObject({ kind: "Dense", activation: read });
    }
  });

  test("a GRU of a file from before reset_after is the classic one", async () => {
    const graph = await model("models/keras2/old-sequential/keras2.h5");
    const gru = layersOf(graph).find((layer) => layer.kind === "GRU");
    expect(gru).toMatchObject({ resetAfter: false, bias: { shape: [6] } });
    expect(graph.inputShape).toEqual([4, 2]);
  });

  test("the state of cells of cuDNN is plain: one bias for LSTM, two for GRU", async () => {
    const layers = layersOf(await model("models/keras2/cudnn/keras2.h5"));
    expect(layers.find((layer) => layer.kind === "LSTM")).toMatchObject({ bias: { shape: [12] } });
    expect(layers.find((layer) => layer.kind === "GRU")).toMatchObject({
      resetAfter: true,
      bias: { shape: [2, 6] },
    });
  });

  test("weights of 16 bits are read exactly, and the user is told of the precision", async () => {
    for (const [path, bits] of [
      ["models/keras3/half-precision/keras3.keras", 10],
      ["models/keras2/half-precision/keras2.h5", 10],
      ["models/keras3/brain-precision/keras3.h5", 7],
    ] as const) {
      const graph = await model(path);
      const dense = layersOf(graph).at(-1)!;
      if (dense.kind !== "Dense") throw new Error("the last layer is dense");
      for (const value of dense.kernel.data) {
        const scaled = Math.abs(value) / 2 ** Math.floor(Math.log2(Math.abs(value))); // 1 ≤ scaled < 2
        expect((scaled * 2 ** bits) % 1).toBe(0);
      }
      expect(graph.notes.join()).toContain("16 bits");
    }
  });

  test("a stateful model is run from the zero state, and the user is told", async () => {
    const { notes } = await model("models/keras3/stateful/keras3.keras");
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain("stateful");
  });

  test("a model with an optimizer's state and a loss of the user's own is read as any other", async () => {
    const graph = await model("models/keras2/compiled/keras2.h5");
    expect(graph.outputs.map(({ name }) => name)).toEqual(["out"]);
    expect(graph.notes).toEqual([]);
  });
});
