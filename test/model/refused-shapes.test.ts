import { expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { changed } from "../helpers/recorded-models.js";

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
