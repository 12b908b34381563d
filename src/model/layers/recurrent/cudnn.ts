import type { Weight } from "../../../program/weight.js";
import type { LayerContext } from "../../layer-context.js";
import type { GruLayer } from "./gru.js";
import type { LstmLayer } from "./lstm.js";
import type { Loop } from "./recurrent-loop.js";

/**
 * The cuDNN layers of old files: plain ones of fixed activations, which keep the same weights in another order.
 * Each gate's input kernel is stored as its transpose in the same shape, each recurrent kernel transposed, and
 * there is one bias for the input and one for the recurrence.
 */
export function parseCudnnLstm(context: LayerContext, loop: Loop): () => LstmLayer {
  const weightsOf = parseWeights(context, 4);
  return () => ({ kind: "LSTM", ...ACTIVATIONS, ...loop, ...weightsOf() });
}

/** As parseCudnnLstm, for the form of GRU that cuDNN has (reset_after). */
export function parseCudnnGru(context: LayerContext, loop: Loop): () => GruLayer {
  const weightsOf = parseWeights(context, 3);
  return () => ({ kind: "GRU", ...ACTIVATIONS, resetAfter: true, ...loop, ...weightsOf() });
}

const ACTIVATIONS = { activation: { kind: "tanh" }, recurrentActivation: { kind: "sigmoid" } } as const;

/** The weights in the layout of the plain layers. */
function parseWeights({ config, weights }: LayerContext, gates: number) {
  const units = config.count("units");
  const kernel = weights.want("kernel", [null, gates * units]);
  const recurrentKernel = weights.want("recurrent_kernel", [units, gates * units]);
  const bias = weights.want("bias", [2 * gates * units]);
  return () => ({
    units,
    kernel: plainKernel(kernel, gates),
    recurrentKernel: plainRecurrentKernel(recurrentKernel, gates),
    bias: plainBias(bias, gates),
  });
}

/** [features, gates·units] with each gate's numbers in the order of [units, features] → plain. */
function plainKernel(kernel: Weight, gates: number): Weight {
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
function plainRecurrentKernel(kernel: Weight, gates: number): Weight {
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
function plainBias(bias: Weight, gates: number): Weight {
  const half = bias.data.length / 2;
  if (gates === 3) return { shape: [2, half], data: bias.data };
  return { shape: [half], data: bias.data.slice(0, half).map((value, i) => value + bias.data[half + i]!) };
}
