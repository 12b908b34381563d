import type { Weight } from "./graph.js";

/**
 * The cuDNN layers of old files keep the same weights in another order: each gate's input kernel is stored
 * as its transpose in the same shape, each recurrent kernel transposed, and there is one bias for the input
 * and one for the recurrence. These functions give the layout of the plain layers.
 */
export function isCudnn(className: string): className is "CuDNNLSTM" | "CuDNNGRU" {
  return className === "CuDNNLSTM" || className === "CuDNNGRU";
}

/** [features, gates·units] with each gate's numbers in the order of [units, features] → plain. */
export function cudnnKernel(kernel: Weight, gates: number): Weight {
  const [features = 0, width = 0] = kernel.shape;
  const units = width / gates;
  const data = new Float64Array(kernel.data.length);
  for (let gate = 0; gate < gates; gate++) {
    for (let k = 0; k < features * units; k++) {
      const stored = Math.floor(k / units) * width + gate * units + (k % units);
      data[(k % features) * width + gate * units + Math.floor(k / features)] = kernel.data[stored]!;
    }
  }
  return { shape: kernel.shape, data };
}

/** [units, gates·units], each gate's block transposed. */
export function cudnnRecurrentKernel(kernel: Weight, gates: number): Weight {
  const [units = 0, width = 0] = kernel.shape;
  const data = new Float64Array(kernel.data.length);
  for (let gate = 0; gate < gates; gate++) {
    for (let row = 0; row < units; row++) {
      for (let col = 0; col < units; col++) {
        data[row * width + gate * units + col] = kernel.data[col * width + gate * units + row]!;
      }
    }
  }
  return { shape: kernel.shape, data };
}

/** [2·gates·units] → an LSTM's one bias (their sum), a GRU's two ([2, 3·units], reset_after). */
export function cudnnBias(bias: Weight, gates: number): Weight {
  const half = bias.data.length / 2;
  if (gates === 3) return { shape: [2, half], data: bias.data };
  return { shape: [half], data: bias.data.slice(0, half).map((value, i) => value + bias.data[half + i]!) };
}
