import type { LayerKind } from "../../../program/graph.js";
import { Config, isJson } from "../../config.js";
import { type LayerContext, refuse } from "../../layer-context.js";
import type { LayerFamily } from "../../layer-family.js";
import { ownerOf } from "../../weight-slots.js";
import { parseCudnnGru, parseCudnnLstm } from "./cudnn.js";
import { type GruLayer, gruCell } from "./gru.js";
import { type LstmLayer, lstmCell } from "./lstm.js";
import { type CellKind, type Loop, recurrentKind } from "./recurrent-loop.js";
import { type SimpleRnnLayer, simpleRnnCell } from "./simple-rnn.js";

/** A cell with its loop over time. */
export type RecurrentLayer = LstmLayer | GruLayer | SimpleRnnLayer;

type RecurrentParser = (context: LayerContext) => () => RecurrentLayer;

const classes: Readonly<Record<string, RecurrentParser>> = {
  LSTM: parserOf(lstmCell),
  GRU: parserOf(gruCell),
  SimpleRNN: parserOf(simpleRnnCell),
  RNN: parseRnn,
  CuDNNLSTM: (context) => parseCudnnLstm(context, parseLoop(context)),
  CuDNNGRU: (context) => parseCudnnGru(context, parseLoop(context)),
};

const kinds = {
  LSTM: recurrentKind(lstmCell),
  GRU: recurrentKind(gruCell),
  SimpleRNN: recurrentKind(simpleRnnCell),
};

/** Layers that go over a sequence with a state: one cell, unrolled. */
export const recurrent: LayerFamily<RecurrentLayer> = { classes, kinds };

/** The kind of a recurrent layer inside another. */
export function recurrentKindOf(layer: RecurrentLayer): LayerKind<RecurrentLayer> {
  return kinds[layer.kind];
}

/** Parses a recurrent layer inside another; undefined for any other class. */
export function recurrentParser(className: string): RecurrentParser | undefined {
  return Object.hasOwn(classes, className) ? classes[className] : undefined;
}

/** What the configuration says of the loop; tells the user of a stateful layer. */
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

/** A layer that is one cell: its configuration is the cell's and the loop's at once. */
function parserOf<L extends RecurrentLayer>(cell: CellKind<L>): (context: LayerContext) => () => L {
  return (context) => cell.parse({ ...context, weights: context.weights.inside("cell") }, parseLoop(context));
}

/** RNN around a cell of its own. */
function parseRnn(context: LayerContext): () => RecurrentLayer {
  const { config, weights } = context;
  const loop = parseLoop(context);
  const cell = config.object("cell");
  const inner = isJson(cell["config"]) ? cell["config"] : {};
  const cellContext = {
    ...context,
    className: String(cell["class_name"]),
    config: new Config(inner, `${config.where}, cell`),
    weights: weights.inside("cell", { trainable: inner["trainable"] !== false, owner: ownerOf(cell) }),
  };
  return parseCell(cellContext, loop);
}

/** A cell with the loop around it. */
export function parseCell(context: LayerContext, loop: Loop): () => RecurrentLayer {
  const { className, config } = context;
  if (!Object.hasOwn(CELLS, className))
    refuse(config.where, `a recurrent cell ${className}`, "use LSTMCell, GRUCell or SimpleRNNCell");
  return CELLS[className]!.parse(context, loop);
}

const CELLS: Readonly<Record<string, Pick<CellKind<RecurrentLayer>, "parse">>> = {
  LSTMCell: lstmCell,
  GRUCell: gruCell,
  SimpleRNNCell: simpleRnnCell,
};
