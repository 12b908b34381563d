import { readdirSync } from "node:fs";
import { join } from "node:path";
import { strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { UserError } from "../../src/shared/errors.js";
import { functional, input, layer, tensor } from "../helpers/functional-model.js";
import { FIXTURES } from "../helpers/places.js";
import { bytesOf, changed, made } from "../helpers/recorded-models.js";

/** The one-line message with which a file is refused. */
async function refusal(name: string, bytes: Uint8Array): Promise<string> {
  const error = await readModel(name, bytes).then(
    () => new Error(`${name} was read`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain("\n");
  return message;
}

const BILSTM = "oracle/keras3/bilstm/keras3";
const DENSE = "oracle/keras3/seed-dense/keras3";

describe("models that cannot be differentiated are refused by name, with what to do", () => {
  const EXPECTED: Record<string, RegExp> = {
    lambda: /layer 'double': .*Lambda.*replace it/,
    "custom-class": /layer 'twice': .*somebody>Twice.*replace it/,
    embedding: /layer 'embedding': .*Embedding.*save the part of the model after it/,
    masking: /layer 'masking': .*Masking.*remove the layer/,
    conv2d: /layer 'conv2d': .*Conv2D.*replace it/,
    "two-inputs": /has 2 inputs \('input_.*rebuild the model with one Input/,
    "monte-carlo": /layer 'always': training = true/,
    diverged: /layer 'memory', weight kernel: entry 3 is NaN/,
    "one-direction":
      /'bidirectional': .*backward_lstm.* in the place of the forward layer's kernel; unfreeze/,
    quantised: /quantised.*save the model before quantize/,
    only: /holds weights only.*model\.save/,
    endless: /endless-keras3\.h5 is a damaged .*reading it does not end/, // a loop inside the HDF5 library
    "weights-only": /holds weights only.*model\.save/,
  };
  const files = readdirSync(join(FIXTURES, "refused"));

  test.each(files)("%s", async (file) => {
    const what = file.replace(/-keras\d.*/, "");
    expect(await refusal(file, bytesOf(`refused/${file}`))).toMatch(EXPECTED[what]!);
  });

  test("an operation that jac does not know", async () => {
    const bytes = changed(
      "models/keras3/operations/keras3.keras",
      '"class_name": "Sigmoid"',
      '"class_name": "Erf"',
    );
    expect(await refusal("m.keras", bytes)).toMatch(
      /layer 'sigmoid': the operation erf .*use a layer instead/,
    );
  });

  test("an activation that jac does not know", async () => {
    const bytes = changed(`${DENSE}.keras`, '"activation": "relu"', '"activation": "cosine"');
    expect(await refusal("m.keras", bytes)).toMatch(
      /layer 'dense_1': activation "cosine" is not an activation of Keras/,
    );
  });

  test("a model in which jac would have to cut along the batch", async () => {
    const spec = '{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, -1]';
    const bytes = changed("models/keras3/operations/keras3.keras", spec, "0, -1]");
    expect(await refusal("m.keras", bytes)).toMatch(/layer 'get_item': a slice of the windows/);
  });
});

describe("files that are no models are refused with what they are", () => {
  const text = (value: string) => strToU8(value);
  test.each([
    ["m.h5", new Uint8Array(0), /m\.h5 is empty/],
    ["m.h5", text("<html>Not found</html>"), /m\.h5 is not an HDF5 file, despite its name/],
    ["m.keras", text("garbage"), /m\.keras is not a zip file, despite its name/],
    ["m.bin", text("garbage"), /m\.bin is not a Keras model/],
    ["m.json", text('{"class_name": "Sequential"}'), /m\.json is JSON: .*no weights/],
    ["m.pkl", new Uint8Array([0x80, 0x04, 0x95, 0]), /m\.pkl is a pickle/],
    ["m.onnx", new Uint8Array([8, 7, 18, 4]), /m\.onnx is an ONNX model/],
    ["saved_model.pb", new Uint8Array([8, 1, 18, 4]), /SavedModel folder/],
    ["book.xlsx", zipSync({ "xl/workbook.xml": text("<workbook/>") }), /zip file but not a Keras model/],
    ["m.keras", zipSync({ "config.json": text("{}") }), /has no model\.weights\.h5/],
    [
      "m.keras",
      zipSync({ "config.json": text("{"), "model.weights.h5": text("x") }),
      /configuration is not JSON/,
    ],
    ["m.keras", zipSync({ "config.json": text("[]"), "model.weights.h5": text("x") }), /not an object/],
    [
      "m.keras",
      changed(`${DENSE}.keras`, "x", "x", { "model.weights.h5": text("none") }),
      /damaged or truncated HDF5/,
    ],
    ["m.keras", made({ class_name: "Mine", config: {} }), /subclassed model \(Mine\)/],
  ] as const)("%s as case %#", async (name, bytes, message) => {
    expect(await refusal(name, bytes)).toMatch(message);
  });

  test("an HDF5 file of something else", async () => {
    const renamed = Buffer.from(bytesOf("oracle/keras2/simple-rnn/keras2.h5")).toString("latin1");
    const bytes = Buffer.from(renamed.replaceAll("model_config", "model_confit"), "latin1");
    expect(await refusal("m.h5", bytes)).toMatch(/not a Keras model \(it holds model_weights\)/);
  });

  test("a file of Keras 1", async () => {
    expect(await refusal("m.keras", made({ class_name: "Sequential", config: {} }, "1.2.2"))).toMatch(
      /Keras 1\.2\.2/,
    );
  });
});

describe("damaged and hostile files are refused in bounded time and memory", () => {
  test.each(["h5", "keras"])("a .%s cut off anywhere", async (kind) => {
    const bytes = bytesOf(`${BILSTM}.${kind}`);
    for (const share of [0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const message = await refusal(`m.${kind}`, bytes.subarray(0, Math.floor(bytes.length * share)));
      expect(message).toMatch(/truncated|despite its name|not a Keras model/);
    }
  });

  test.each(["h5", "keras"])(
    "a .%s with any of its bytes changed is refused or read, and nothing else",
    async (kind) => {
      const bytes = bytesOf(`${DENSE}.${kind}`);
      let seed = 1;
      const random = (n: number) => {
        seed = (seed * 48271) % 2147483647;
        return seed % n;
      };
      for (let i = 0; i < 150; i++) {
        const mutant = Uint8Array.from(bytes);
        for (let k = 0; k < 1 + (i % 8); k++) mutant[random(mutant.length)] = random(256);
        const result = await readModel(`m.${kind}`, mutant).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(UserError);
      }
      expect((await readModel(`m.${kind}`, bytes)).nodes).toHaveLength(3); // the library still works
    },
  );

  test("a zip bomb", async () => {
    const zeros = new Uint8Array(80 * 2 ** 20);
    const bomb = (part: string) =>
      zipSync({
        "config.json": strToU8("{}"),
        "model.weights.h5": strToU8("x"),
        [part]: [zeros, { level: 1 }],
      });
    expect(await refusal("m.keras", bomb("config.json"))).toMatch(
      /config\.json inflates to more than 64 MiB/,
    );
    const config = { class_name: "Sequential", config: { name: "m", layers: [input(2)] } };
    const weights = zipSync({
      "config.json": strToU8(JSON.stringify(config)),
      "model.weights.h5": [zeros, { level: 1 }],
    });
    expect(await refusal("m.keras", weights)).toMatch(/model\.weights\.h5 inflates to more than 64 MiB/);
  });

  test("a zip bomb that lies about its size", async () => {
    const zip = zipSync({ "config.json": new Uint8Array(2 ** 20) });
    const view = new DataView(zip.buffer, zip.byteOffset);
    const directory = Buffer.from(zip).lastIndexOf("PK\u0001\u0002", undefined, "latin1");
    view.setUint32(directory + 24, 16, true); // its size unpacked
    expect(await refusal("m.keras", zip)).toMatch(/m\.keras/);
  });

  test("weights of another shape than the configuration's", async () => {
    const bytes = changed(`${DENSE}.keras`, '"units": 2', '"units": 3');
    expect(await refusal("m.keras", bytes)).toMatch(
      /layer 'dense_1', weight kernel: has shape \[3, 2\], the layer's configuration needs \[any, 3\]/,
    );
  });

  test("names that are long and of several lines", async () => {
    const bytes = changed(
      `${DENSE}.keras`,
      '"class_name": "Dense"',
      `"class_name": "Lots\\n${"a".repeat(1e5)}"`,
    );
    const message = await refusal("m.keras", bytes);
    expect(message).toMatch(
      /a layer of kind Lots a+ … a+ is not supported; replace it by built-in Keras layers/,
    );
    expect(message.length).toBeLessThan(2000);
  });

  test("absurd sizes", async () => {
    const bytes = changed(`${DENSE}.keras`, '"units": 2', '"units": 1e15');
    expect(await refusal("m.keras", bytes)).toMatch(
      /layer 'dense_1': units is 1000000000000000, expected a whole number/,
    );
  });

  test("a value of another type", async () => {
    const bytes = changed(`${DENSE}.keras`, '"units": 2', '"units": {"a": [1, 2]}');
    expect(await refusal("m.keras", bytes)).toMatch(
      /layer 'dense_1': units is \{"a":\[1,2\]\}, expected a number/,
    );
  });

  test("layers that go in circles", async () => {
    const a = layer("Add", "a", { trainable: true }, [{ args: [[tensor("in"), tensor("b")]], kwargs: {} }]);
    const b = layer("Add", "b", { trainable: true }, [{ args: [[tensor("a"), tensor("in")]], kwargs: {} }]);
    expect(await refusal("m.keras", made(functional([input(2), a, b], "b")))).toMatch(
      /'a' depends on its own result/,
    );
  });

  test("a layer that is not there", async () => {
    const a = layer("Add", "a", { trainable: true }, [
      { args: [[tensor("in"), tensor("gone")]], kwargs: {} },
    ]);
    expect(await refusal("m.keras", made(functional([input(2), a], "a")))).toMatch(
      /refers to a layer 'gone'/,
    );
  });

  test("models nested so that they would fill the memory", async () => {
    let inner = functional([input(2)], "in");
    for (let depth = 0; depth < 14; depth++) {
      const calls = Array.from({ length: 9 }, (_, i) => ({
        args: [i === 0 ? tensor("in") : tensor("n", i - 1)],
        kwargs: {},
      }));
      const nested = {
        ...layer("Functional", "n", inner.config, calls),
        config: { ...inner.config, name: "n" },
      };
      inner = functional([input(2), nested], "n");
    }
    expect(await refusal("m.keras", made(inner))).toMatch(/more than 20000 nested calls/);
  });

  test("lists nested without end", async () => {
    const { "config.json": _, ...parts } = unzipSync(made({}));
    for (const depth of [999, 3_000_000]) {
      const layers = "[".repeat(depth) + "]".repeat(depth);
      const text = `{"class_name": "Sequential", "config": {"name": "]]\\"", "x": NaN, "layers": ${layers}}}`;
      const bytes = zipSync({ ...parts, "config.json": strToU8(text) });
      expect(await refusal("m.keras", bytes)).toMatch(/configuration nests deeper than 1000 objects/);
    }
  });

  test("a chain of layers in the wrong order is read, however long", async () => {
    const chain = Array.from({ length: 4_900 }, (_, i) =>
      layer("Dropout", `n${i}`, { trainable: true }, [
        { args: [tensor(i === 0 ? "in" : `n${i - 1}`)], kwargs: {} },
      ]),
    );
    const graph = await readModel("m.keras", made(functional([input(2), ...chain.reverse()], "n4899")));
    expect(graph.nodes.map(({ name }) => name)).toEqual(["in", ...chain.reverse().map(({ name }) => name)]);
  });

  test("a layer applied to each step of many axes, which the input has not", async () => {
    let inner = layer("Dropout", "n", { trainable: true }, [{ args: [tensor("in")], kwargs: {} }]);
    for (let depth = 0; depth < 400; depth++) {
      const config = { trainable: true, layer: inner };
      inner = layer("TimeDistributed", "n", config, [{ args: [tensor("in")], kwargs: {} }]);
    }
    const graph = await readModel("m.keras", made(functional([input(2), inner], "n")));
    expect(() => compile(graph, { target: { kind: "output" } })).toThrow(
      /^layer n: is applied to each step along 400 axes, and its input is \(2\);/,
    );
  });

  test("models nested without end", async () => {
    let inner = functional([input(2)], "in");
    for (let depth = 0; depth < 200; depth++) {
      inner = functional(
        [
          input(2),
          {
            ...layer("Functional", "n", {}, [{ args: [tensor("in")], kwargs: {} }]),
            config: { ...inner.config, name: "n" },
          },
        ],
        "n",
      );
    }
    expect(await refusal("m.keras", made(inner))).toMatch(/at depth 17/);
  });
});
