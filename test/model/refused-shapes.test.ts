import { describe, expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { UserError } from "../../src/shared/errors.js";
import { functional, input, layer, tensor } from "../helpers/functional-model.js";
import { changed, made } from "../helpers/recorded-models.js";

/** Compiles a recorded model with a text of its configuration replaced. */
async function compiled(name: string, from: string, to: string): Promise<() => void> {
  const graph = await readModel("m.keras", changed(`${name}/keras3.keras`, from, to));
  return () => compile(graph, { target: { kind: "output" } });
}

test("a recurrent layer on features without steps is refused by name", async () => {
  const sequence = await compiled(
    "oracle/keras3/bilstm",
    '"return_sequences": true',
    '"return_sequences": false',
  );
  expect(sequence).toThrow(
    /^layer bidirectional_1: takes \[steps, features\], and its input is \(14\); check the model file$/,
  );
});

/** Compiles a functional model of layers without weights, each called on others by name, of an input [6, 4]. */
async function compiledLayers(...layers: [string, object, ...string[]][]): Promise<() => void> {
  const entries = layers.map(([kind, config, ...on], i) =>
    layer(kind, `l${i}`, { trainable: true, ...config }, [
      { args: [on.map((name) => tensor(name))], kwargs: {} },
    ]),
  );
  const model = functional([input(6, 4), ...entries], `l${layers.length - 1}`);
  const graph = await readModel("m.keras", made(model));
  return () => compile(graph, { target: { kind: "output" } });
}

describe("layers that do not fit what they are called on are refused by name, with the shapes", () => {
  const crop = (after: number): [string, object, string] => ["Cropping1D", { cropping: [0, after] }, "in"];
  test.each<[RegExp, ...[string, object, ...string[]][]]>([
    [/^layer l0: is called on 2 tensors, and takes 1;/, ["Flatten", {}, "in", "in"]],
    [/^layer l0: is called on 1 tensors, and takes 2 to 3;/, ["Attention", {}, "in"]],
    [/^layer l0: leaves no values of its input of \(6, 4\);/, crop(6)],
    [/^layer l0: needs 7 steps, and its input has 6; use/, ["MaxPooling1D", { pool_size: 7 }, "in"]],
    [/^layer l0: makes \(5, -1\) of \(6, 4\);/, ["Reshape", { target_shape: [5, -1] }, "in"]],
    [/^layer l0: orders 3 axes, and its input is \(6, 4\);/, ["Permute", { dims: [3, 1, 2] }, "in"]],
    [/^layer l0: works along the axes 4, which its input of \(6, 4\)/, ["Softmax", { axis: 4 }, "in"]],
    [/^layer l0: works along the axes -1, 2, /, ["UnitNormalization", { axis: [-1, 2] }, "in"]],
    [/^layer l1: cannot combine \(6, 4\) and \(5, 4\) value by value;/, crop(1), ["Add", {}, "in", "l0"]],
    [/^layer l1: joins \(6, 4\) and \(5, 4\), which/, crop(1), ["Concatenate", { axis: -1 }, "in", "l0"]],
    [/^layer l1: sums along axes of different lengths/, crop(1), ["Dot", { axes: 1 }, "in", "l0"]],
    [
      /^layer l2: attends between \(6, 4\), \(6, 4\), \(5, 4\)/,
      crop(1),
      ["Identity", {}, "in"],
      ["Attention", {}, "l1", "in", "l0"],
    ],
    [
      /^layer l1: halves the last axis of \(8, 3\) by glu;/,
      ["Reshape", { target_shape: [8, 3] }, "in"],
      ["Activation", { activation: "glu" }, "l0"],
    ],
    [
      /^layer l1: is applied to each step along 1 axes, and its input is \(6, 4\) and \(5, 4\);/,
      crop(1),
      ["TimeDistributed", { layer: { class_name: "Add", config: { name: "each" } } }, "in", "l0"],
    ],
  ])("%s", async (message, ...layers) => {
    expect(await compiledLayers(...layers)).toThrow(message);
    expect(await compiledLayers(...layers)).toThrow(UserError);
  });

  test("a slice beyond the end of an axis", async () => {
    const model = await compiled("models/keras3/operations", '"step": null}}, -1]', '"step": null}}, 7]');
    expect(model).toThrow(/^layer get_item.*: takes entry 7 of an axis of \(/);
  });

  test("initial states of other shapes than the layer's", async () => {
    const model = await compiled("models/keras3/encoder-decoder", '["gru", 0, 1]', '["simple_rnn", 0, 1]');
    expect(model).toThrow(/^layer gru_1: is given the initial states \(2\), and takes \(3\);/);
  });
});

test("windows, paddings and programs that would fill the memory are refused before they do", async () => {
  const window = (steps: number) => compiled("oracle/keras3/bilstm", "[null, 9, 3]", `[null, ${steps}, 3]`);
  expect(await window(1e15)).toThrow(/windows of 1000000000000000 × 3 values/);
  expect(await window(1e6)).toThrow(/^layer bidirectional: .* more than 1048576 operations a window/);
  const padding = await compiled(
    "models/keras3/reshaping",
    '"padding": [2, 1]',
    '"padding": [2, 2000000000]',
  );
  expect(padding).toThrow(/^layer zero_padding1d: .* 2000000006 values a window/);
});

test("a window of ten thousand steps compiles in seconds", { timeout: 20_000 }, async () => {
  const long = await compiled("oracle/keras3/simple-rnn", "[null, 8, 2]", "[null, 10000, 2]");
  expect(long).not.toThrow();
});
