import { Config, isJson } from "./config.js";
import { cudnnBias, cudnnKernel, cudnnRecurrentKernel, isCudnn } from "./cudnn-weights.js";
import type { Layer, RecurrentLayer, Weight } from "./graph.js";
import { type LayerContext, type LayerParser, refuse } from "./layer-context.js";
import { parseActivation } from "./parse-activation.js";
import { ownerOf } from "./weight-slots.js";

type RecurrentBuilder = () => RecurrentLayer;

/** What a recurrent layer says about its loop over time; the cell is the rest. */
interface Loop {
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

export function isRecurrent(className: string): boolean {
  return Object.hasOwn(CELLS, `${className}Cell`) || className === "RNN" || isCudnn(className);
}

/** LSTM, GRU, SimpleRNN, their CuDNN forms of old files, and RNN around one of their cells. */
export function parseRecurrent(context: LayerContext): RecurrentBuilder {
  const { className, config, weights } = context;
  const loop = parseLoop(context);
  const cell = className === "RNN" ? config.object("cell") : null;
  if (cell) {
    const inner = isJson(cell["config"]) ? cell["config"] : {};
    const cellContext = {
      ...context,
      className: String(cell["class_name"]),
      config: new Config(inner, `${config.where}, cell`),
      weights: weights.inside("cell", { trainable: inner["trainable"] !== false, owner: ownerOf(cell) }),
    };
    return parseCell(cellContext, loop);
  }
  if (isCudnn(className)) return parseCudnn(context, loop);
  return parseCell({ ...context, className: `${className}Cell`, weights: weights.inside("cell") }, loop);
}

export function parseLoop({ config, note }: LayerContext): Loop {
  config.only("time_major", false, "rebuild the model with time_major=False");
  if (config.boolean("stateful", false)) {
    note(`${config.where} is stateful: every window starts from the zero state`);
  }
  return {
    returnSequences: config.boolean("return_sequences", false),
    returnState: config.boolean("return_state", false),
    goBackwards: config.boolean("go_backwards", false),
  };
}

/** A cell with the loop around it. */
export function parseCell(context: LayerContext, loop: Loop): RecurrentBuilder {
  const parse = CELLS[context.className];
  if (!parse) {
    refuse(
      context.config.where,
      `a recurrent cell ${context.className}`,
      "use LSTMCell, GRUCell or SimpleRNNCell",
    );
  }
  return parse(context, loop);
}

const lstmCell = ({ config, weights, keras }: LayerContext, loop: Loop): RecurrentBuilder => {
  const { units, activation, kernel, recurrentKernel } = cellBase(config, weights, keras, 4);
  const recurrentActivation = parseActivation(config, "recurrent_activation", keras, "sigmoid");
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [4 * units]) : null;
  return () => ({
    kind: "LSTM",
    units,
    activation,
    recurrentActivation,
    ...loop,
    kernel,
    recurrentKernel,
    bias,
  });
};

const gruCell = ({ config, weights, keras }: LayerContext, loop: Loop): RecurrentBuilder => {
  const { units, activation, kernel, recurrentKernel } = cellBase(config, weights, keras, 3);
  const recurrentActivation = parseActivation(config, "recurrent_activation", keras, "sigmoid");
  // Files from before the option existed do not have it, and mean the classic form.
  const resetAfter = config.boolean("reset_after", false);
  const shape = resetAfter ? [2, 3 * units] : [3 * units];
  const bias = config.boolean("use_bias", true) ? weights.want("bias", shape) : null;
  return () => ({
    kind: "GRU",
    units,
    activation,
    recurrentActivation,
    resetAfter,
    ...loop,
    kernel,
    recurrentKernel,
    bias,
  });
};

const simpleCell = ({ config, weights, keras }: LayerContext, loop: Loop): RecurrentBuilder => {
  const { units, activation, kernel, recurrentKernel } = cellBase(config, weights, keras, 1);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [units]) : null;
  return () => ({ kind: "SimpleRNN", units, activation, ...loop, kernel, recurrentKernel, bias });
};

const CELLS: Readonly<Record<string, (context: LayerContext, loop: Loop) => RecurrentBuilder>> = {
  LSTMCell: lstmCell,
  GRUCell: gruCell,
  SimpleRNNCell: simpleCell,
};

function cellBase(config: Config, weights: LayerContext["weights"], keras: number, gates: number) {
  const units = config.count("units");
  return {
    units,
    activation: parseActivation(config, "activation", keras, "tanh"),
    kernel: weights.want("kernel", [null, gates * units]),
    recurrentKernel: weights.want("recurrent_kernel", [units, gates * units]),
  };
}

function parseCudnn({ className, config, weights }: LayerContext, loop: Loop): RecurrentBuilder {
  const units = config.count("units");
  const gates = className === "CuDNNLSTM" ? 4 : 3;
  const kernel = weights.want("kernel", [null, gates * units]);
  const recurrentKernel = weights.want("recurrent_kernel", [units, gates * units]);
  const bias = weights.want("bias", [2 * gates * units]);
  const plain = (): { kernel: Weight; recurrentKernel: Weight; bias: Weight } => ({
    kernel: cudnnKernel(kernel, gates),
    recurrentKernel: cudnnRecurrentKernel(recurrentKernel, gates),
    bias: cudnnBias(bias, gates),
  });
  const activation = { kind: "tanh" } as const;
  const recurrentActivation = { kind: "sigmoid" } as const;
  return className === "CuDNNLSTM"
    ? () => ({ kind: "LSTM", units, activation, recurrentActivation, ...loop, ...plain() })
    : () => ({ kind: "GRU", units, activation, recurrentActivation, resetAfter: true, ...loop, ...plain() });
}

/** Bidirectional: the layer forward and a twin backward, of the same configuration unless one is given. */
export const parseBidirectional: LayerParser = (context) => {
  const { config } = context;
  const forward = wrapped(context, config.object("layer"), "forward_layer", false);
  const own = config.has("backward_layer");
  const backward = wrapped(context, config.object(own ? "backward_layer" : "layer"), "backward_layer", !own);
  const mode = config.raw("merge_mode");
  const mergeMode =
    mode === null ? null : config.choice("merge_mode", ["concat", "sum", "mul", "ave"], "concat");
  return (): Layer => ({ kind: "Bidirectional", forward: forward(), backward: backward(), mergeMode });
};

function wrapped(
  context: LayerContext,
  layer: Config["values"],
  part: string,
  turned: boolean,
): RecurrentBuilder {
  const { config, weights } = context;
  const className = String(layer["class_name"]);
  if (!isRecurrent(className)) {
    refuse(config.where, `a ${className} inside Bidirectional`, "wrap an LSTM, GRU or SimpleRNN");
  }
  const values = isJson(layer["config"]) ? layer["config"] : {};
  const build = parseRecurrent({
    ...context,
    className,
    config: new Config(values, `${config.where}, ${part}`),
    weights: weights.inside(part, { trainable: values["trainable"] !== false, owner: ownerOf(layer) }),
  });
  return () => {
    const built = build();
    return turned ? { ...built, goBackwards: !built.goBackwards } : built;
  };
}
