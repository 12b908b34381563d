import type { Activation } from "../../program/activation.js";
import { isJson, numbersOf, show } from "../config.js";
import { type Call, type LayerContext, refuse, type TensorRef, tensorsIn } from "../layer-context.js";
import type { Content } from "../model-spec.js";
import { activationByName } from "../parse-activation.js";
import type { ActivationLayer } from "./activation-layers.js";
import type { RescalingLayer } from "./feature-normalisation.js";
import type { ConcatenateLayer, MergeLayer } from "./merging.js";
import type { GlobalPooling1dLayer } from "./pooling.js";
import { parseSlice, type SliceLayer } from "./slice.js";

/** The layers that operations come to. */
type OperationLayer =
  | ActivationLayer
  | RescalingLayer
  | ConcatenateLayer
  | MergeLayer
  | GlobalPooling1dLayer
  | SliceLayer;

/** An operation called directly on tensors: `x * 2`, `x[:, -1]`, `ops.tanh(x)`, `tf.concat`. */
interface Operation {
  readonly name: string; // lower case, without its package: multiply, getitem, tanh
  readonly where: string;
  readonly keras: number;
  readonly tensors: readonly TensorRef[];
  /** What is not a tensor, by name (`axis`) or by position (`1`). */
  readonly constants: Readonly<Record<string, unknown>>;
  /** Whether the tensor stands first: x − 2 and not 2 − x. */
  readonly tensorFirst: boolean;
}

const REMEDY = "use a layer instead (Rescaling, Activation, Concatenate, GlobalAveragePooling1D, …)";

/** Whether an entry of a functional model is an operation on tensors, and no layer. */
export function isOperation(
  className: string,
  config: Readonly<Record<string, unknown>>,
  module: unknown,
  keras: number,
): boolean {
  if (className === "TFOpLambda" || className === "SlicingOpLambda") return true;
  if (keras < 3 || className === "InputLayer") return false;
  return typeof module === "string"
    ? module.includes(".ops.")
    : !("trainable" in config || "dtype" in config);
}

/** The layer that an operation comes to; its constants stand in its calls. */
export function parseOperation({ className, config, keras }: LayerContext): Content {
  const called = config.has("function") ? config.string("function") : className;
  const name = called.slice(called.lastIndexOf(".") + 1);
  const read = (call: Call): Operation => {
    const positions = Object.entries({ ...call.args, ...call.kwargs });
    const constants = positions.filter(([, value]) => tensorsIn(value).length === 0 && value !== null);
    return {
      name: name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase(),
      where: config.where,
      keras,
      tensors: [...tensorsIn(call.args), ...tensorsIn(call.kwargs)],
      constants: {
        ...options(config.values),
        ...Object.fromEntries(constants.filter(([key]) => key !== "name")),
      },
      tensorFirst: tensorsIn(positions[0]?.[1]).length > 0,
    };
  };
  return {
    kind: "layer",
    perStep: 0,
    build: (call) => operationLayer(read(call)),
    inputs: (call) => {
      const { name: operation, tensors } = read(call);
      if (tensors.length === 0) refuse(config.where, `the operation ${operation} called in this way`, REMEDY);
      return operation === "square" ? [tensors[0]!, tensors[0]!] : tensors;
    },
  };
}

/** Options in the configuration of a Keras 3 operation: `axis`, `negative_slope`, … */
function options(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = Object.entries(values).filter(
    ([key, value]) => !["name", "function", "dtype", "trainable"].includes(key) && value !== null,
  );
  return Object.fromEntries(own);
}

function operationLayer(operation: Operation): OperationLayer {
  const { name, tensors, keras } = operation;
  if (name === "getitem" || name === "get_item")
    return parseSlice(operation.where, sliceOf(operation.constants), tensors[0]?.rank ?? null);
  if (name === "square") return { kind: "Multiply" };
  if (name === "concatenate" || name === "concat" || name === "concat_v2") return concatenate(operation);
  if (name === "mean" || name === "reduce_mean") return pool(operation, "GlobalAveragePooling1D");
  if (name === "max" || name === "reduce_max") return pool(operation, "GlobalMaxPooling1D");
  const merge = MERGES[name];
  if (merge && tensors.length > 1) return noConstants(operation) ?? { kind: merge };
  const scaling = tensors.length === 1 ? rescale(operation) : null;
  if (scaling) return scaling;
  const activation = tensors.length === 1 ? activate(operation, keras) : undefined;
  if (activation) return { kind: "Activation", activation };
  refuse(
    operation.where,
    `the operation ${name}${tensors.length > 1 ? ` of ${tensors.length} tensors` : ""}`,
    REMEDY,
  );
}

const MERGES: Readonly<Record<string, MergeLayer["kind"]>> = {
  add: "Add",
  add_n: "Add",
  add_v2: "Add",
  __add__: "Add",
  subtract: "Subtract",
  sub: "Subtract",
  multiply: "Multiply",
  mul: "Multiply",
  maximum: "Maximum",
  minimum: "Minimum",
};

/** x + c, x − c, c − x, x · c, x / c, −x with constants: a Rescaling. */
function rescale({ name, constants, tensorFirst }: Operation): RescalingLayer | null {
  if (name === "negative" || name === "neg") return { kind: "Rescaling", scale: [-1], offset: [0] };
  const values = Object.values(constants).map(vectorOf);
  const c = values.length === 1 ? values[0] : undefined;
  if (!c?.every(Number.isFinite)) return null;
  switch (name) {
    case "add":
    case "add_v2":
      return { kind: "Rescaling", scale: [1], offset: c };
    case "subtract":
    case "sub":
      return tensorFirst
        ? { kind: "Rescaling", scale: [1], offset: c.map((v) => -v) }
        : { kind: "Rescaling", scale: [-1], offset: c };
    case "multiply":
    case "mul":
      return { kind: "Rescaling", scale: c, offset: [0] };
    case "divide":
    case "true_divide":
    case "truediv":
    case "realdiv":
      return tensorFirst && c.every((v) => v !== 0)
        ? { kind: "Rescaling", scale: c.map((v) => 1 / v), offset: [0] }
        : null;
    default:
      return null;
  }
}

/** A number or one number for each feature; undefined for a constant of more axes. */
function vectorOf(value: unknown): readonly number[] | undefined {
  const numbers = numbersOf(value);
  const outer = isJson(value) && isJson(value["config"]) ? value["config"]["value"] : value;
  return Array.isArray(outer) && outer.length !== numbers?.length ? undefined : numbers;
}

/** An activation called as a function, with the options that functions of TensorFlow and Keras 3 take. */
function activate({ name, constants }: Operation, keras: number): Activation | undefined {
  const activation = activationByName(name === "swish" ? "silu" : name, keras);
  if (!activation) return undefined;
  const { axis = -1, alpha, negative_slope: slope, approximate, ...rest } = constants;
  if (axis !== -1 || Object.keys(rest).length > 0) return undefined;
  if (activation.kind === "relu") {
    const negative = name === "leaky_relu" ? (slope ?? alpha) : slope;
    return typeof negative === "number" ? { ...activation, negativeSlope: negative } : activation;
  }
  if (activation.kind === "gelu") return { ...activation, approximate: approximate === true };
  return typeof alpha === "number" && "alpha" in activation ? { ...activation, alpha } : activation;
}

function concatenate({ constants, where }: Operation): ConcatenateLayer {
  const { axis = constants["1"] ?? -1, "1": _, ...rest } = constants;
  if (!Number.isInteger(axis) || Object.keys(rest).length > 0)
    refuse(where, `a concatenation with ${show(constants)}`, REMEDY);
  return { kind: "Concatenate", axis: axis as number };
}

/** A mean or maximum over the steps. */
function pool(
  { name, constants, tensors, where }: Operation,
  kind: GlobalPooling1dLayer["kind"],
): GlobalPooling1dLayer {
  const {
    axis = constants["1"],
    "1": _,
    keepdims = constants["keep_dims"] ?? false,
    keep_dims: __,
    initial,
    ...rest
  } = constants;
  const axes = numbersOf(axis) ?? [];
  const steps = axes.length === 1 && (axes[0] === 1 || axes[0] === -2) && (tensors[0]?.rank ?? 3) === 3;
  if (!steps || Object.keys(rest).length > 0 || initial !== undefined) {
    refuse(
      where,
      `${name} over axis ${show(axis)}`,
      "jac takes it over the steps (axis 1) of [steps, features]",
    );
  }
  return { kind, keepDims: keepdims === true };
}

function noConstants({ name, constants, where }: Operation): null {
  const odd = Object.entries(constants).filter(([key]) => key !== "num_args");
  return odd.length === 0 ? null : refuse(where, `${name} with ${show(Object.fromEntries(odd))}`, REMEDY);
}

/** What stands between the brackets of x[…]. */
function sliceOf(constants: Operation["constants"]): unknown {
  return constants["slice_spec"] ?? constants["key"] ?? constants["1"];
}
