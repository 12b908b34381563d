import type { DenseLayer, EinsumDenseLayer, Weight } from "../../model/graph.js";
import { UserError } from "../../shared/errors.js";
import type { Builder } from "../builder.js";
import { broadcast, reshape, sizeOf, type Tensor, tensorOf, transpose } from "../tensor.js";

/** A dense layer over the last axis. */
export function dense(layer: DenseLayer, x: Tensor, b: Builder): Tensor {
  return b.activate(
    project(x, layer.kernel, layer.kernel.shape[1]!, layer.bias?.data ?? null, b),
    layer.activation,
  );
}

/** x · kernel + bias over the last axis; the kernel seen as [inputs, outputs]. */
export function project(
  x: Tensor,
  kernel: Weight,
  outputs: number,
  bias: Float64Array | null,
  b: Builder,
): Tensor {
  const inputs = x.shape.at(-1)!;
  if (sizeOf(kernel.shape) !== inputs * outputs) {
    throw new UserError(
      `its kernel ${kernel.shape.join("×")} does not fit an input of ${inputs} values; check the model file`,
    );
  }
  const rows = x.units.length / inputs;
  const y = b.buffer(rows * outputs);
  const matrix = b.matrix(kernel, outputs);
  for (let r = 0; r < rows; r++) {
    const row = b.range({ shape: [inputs], units: x.units.subarray(r * inputs, (r + 1) * inputs) });
    b.affine({ at: y.at + r * outputs, n: outputs }, [{ matrix, transposed: false, x: row }], bias);
  }
  return tensorOf(y, [...x.shape.slice(0, -1), outputs]);
}

/** y = einsum(equation, x, kernel) + bias, for equations that contract axes of x with axes of the kernel. */
export function einsumDense(layer: EinsumDenseLayer, x: Tensor, b: Builder): Tensor {
  const [left, right] = layer.equation.replaceAll(" ", "").split("->");
  const [ofX, ofKernel] = left!.split(",");
  // The batch axis: the first letter of both, or the dots.
  const dots = Math.max(0, x.shape.length + 1 - ofX!.replace("...", "").length);
  const named = "0123456789".slice(0, dots);
  const letters = (text: string) => text.replace("...", named).slice(1);
  const input = letters(ofX!);
  const output = letters(right!);
  const kernel = ofKernel!;
  const contracted = [...kernel].filter((letter) => input.includes(letter));
  const fresh = [...kernel].filter((letter) => !input.includes(letter));
  const kept = [...input].filter((letter) => !contracted.includes(letter));
  if (contracted.some((letter) => output.includes(letter))) {
    throw new UserError(
      `EinsumDense equation "${layer.equation}" is not supported; use one that sums every axis it shares with its kernel`,
    );
  }
  const order = (of: string, to: readonly string[]) => to.map((letter) => of.indexOf(letter));
  const arranged = transpose(x, order(input, [...kept, ...contracted]));
  const weight = arrange(layer.kernel, order(kernel, [...contracted, ...fresh]));
  const inner = sizeOf(contracted.map((letter) => x.shape[input.indexOf(letter)]!));
  const outputs = sizeOf(weight.shape) / inner;
  const flat = reshape(arranged, [arranged.units.length / inner, inner]);
  const sizes = new Map([
    ...kept.map((letter) => [letter, x.shape[input.indexOf(letter)]!] as const),
    ...fresh.map((letter) => [letter, layer.kernel.shape[kernel.indexOf(letter)]!] as const),
  ]);
  const projected = reshape(
    project(flat, weight, outputs, null, b),
    [...kept, ...fresh].map((l) => sizes.get(l)!),
  );
  const y = transpose(projected, order([...kept, ...fresh].join(""), [...output]));
  if (!layer.bias) return b.activate(y, layer.activation);
  const biasShape = [...output].map((letter) => (layer.biasAxes.includes(letter) ? sizes.get(letter)! : 1));
  const positions = broadcast(
    { shape: biasShape, units: Int32Array.from(layer.bias.data, (_, i) => i) },
    y.shape,
  );
  const bias = Float64Array.from(positions.units, (i) => layer.bias!.data[i]!);
  return b.activate(b.scale(y, new Float64Array(bias.length).fill(1), bias), layer.activation);
}

const arranged = new WeakMap<Weight, Map<string, Weight>>();

/** The weight with its axes in another order; the same object for the same weight and order. */
function arrange(weight: Weight, order: readonly number[]): Weight {
  if (order.every((axis, i) => axis === i)) return weight;
  const known = arranged.get(weight) ?? new Map<string, Weight>();
  arranged.set(weight, known);
  const key = order.join();
  const positions = transpose(
    { shape: weight.shape, units: Int32Array.from(weight.data, (_, i) => i) },
    order,
  );
  const result = known.get(key) ?? {
    shape: positions.shape,
    data: Float64Array.from(positions.units, (i) => weight.data[i]!),
  };
  known.set(key, result);
  return result;
}
