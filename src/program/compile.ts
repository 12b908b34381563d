import { UserError } from "../shared/errors.js";
import { ownInputs } from "../shared/wrt.js";
import { Builder } from "./builder.js";
import { chooseOutputs } from "./choose-outputs.js";
import { differentiate } from "./differentiate.js";
import type { Graph } from "./graph.js";
import { kindOf, mapRanges, readsOf } from "./operations/kinds.js";
import { placeNode } from "./place-node.js";
import { planMemory, type Section } from "./plan-memory.js";
import type { Operation, Program, Range, Target } from "./program.js";
import { prune } from "./prune.js";
import { resultsOf, type TargetSpec } from "./target.js";
import { MOST_UNITS, reshape, type Tensor, tensorOf } from "./tensor.js";

/** What is asked of a compilation. */
export interface CompileOptions {
  readonly target: TargetSpec;
  /** Rows of a window, where the model leaves them open. */
  readonly steps?: number | undefined;
  /** What of the target's results, as --outputs says it; default: all. */
  readonly outputs?: readonly string[] | null | undefined;
}

/**
 * Compiles a model and a target to a program: the layers' operations for one window, those that the target
 * needs, their adjoints, and a plan of the memory they share.
 * @throws UserError where the target, the outputs or the shapes do not fit, naming the layer.
 */
export function compile(graph: Graph, { target, steps: asked, outputs = null }: CompileOptions): Program {
  const [steps, features] = windowShape(graph, asked);
  const b = new Builder();
  const input = b.buffer(steps * features);
  const aux = target.kind === "loss" && target.column !== null ? b.buffer(1) : { at: input.at, n: 0 };
  const results = placeGraph(
    graph,
    tensorOf(input, graph.inputShape.length === 1 ? [features] : [steps, features]),
    b,
  );
  const whole = resultsOf(target, graph).map(({ name, ref }) => ({
    name,
    tensor: results[ref.node]![ref.result]!,
  }));
  const wanted = chooseOutputs(whole, outputs).map(({ name, tensor, numbers }) => {
    if (target.kind !== "loss") return { name, shape: tensor.shape, numbers, output: b.range(tensor) };
    return { name, shape: [1], numbers: null, output: loss(tensor, aux, b) };
  });
  const wrt = ownInputs(steps, features);
  const unpruned = wanted.map((each) => ({
    ...each,
    wrt,
    ...differentiate(b.operations, each.output, input, b),
  }));
  const addresses = b.buffers.at(-1)!.at + b.buffers.at(-1)!.n + 1;
  const targets = unpruned.map((each) => ({
    ...each,
    adjoint: prune(each.adjoint, [each.gradient], addresses),
  }));
  const needed = targets.flatMap(({ output, adjoint }) => [output, ...adjoint.flatMap(readsOf)]);
  const forward = prune(b.operations, needed, addresses);
  return inArena(b, { steps, features, input, aux, forward, targets });
}

function windowShape(graph: Graph, asked: number | undefined): [steps: number, features: number] {
  const features = graph.inputShape.at(-1)!;
  const own = graph.inputShape.length === 1 ? 1 : graph.inputShape[0]!;
  if (features === null)
    throw new UserError(
      `model ${graph.name} leaves the number of its input columns open; save it with a fixed Input shape`,
    );
  if (own === null && asked === undefined) {
    throw new UserError(`model ${graph.name} takes windows of any length; say how many rows with --window`);
  }
  if (own !== null && asked !== undefined && asked !== own) {
    throw new UserError(
      `--window ${asked}: model ${graph.name} takes windows of ${own} rows; leave the option out`,
    );
  }
  const steps = own ?? asked!;
  if (steps * features > MOST_UNITS) {
    throw new UserError(
      `model ${graph.name} takes windows of ${steps} × ${features} values, and jac ${MOST_UNITS} at most; use a shorter window`,
    );
  }
  return [steps, features];
}

function placeGraph(graph: Graph, x: Tensor, b: Builder): Tensor[][] {
  const results: Tensor[][] = [[x]];
  for (const node of graph.nodes.slice(1)) {
    const inputs = node.inputs.map((ref) => results[ref.node]![ref.result]!);
    results.push(placeNode(node, inputs, b));
    const last = b.buffers.at(-1)!;
    if (last.at + last.n > MOST_UNITS) {
      throw new UserError(
        `layer ${node.name} brings the model to more than ${MOST_UNITS} values a window; jac needs a smaller model or window`,
      );
    }
  }
  return results;
}

/** The mean of the squared results, or of their squared distance to the aux value. */
function loss(tensor: Tensor, aux: Range, b: Builder): Range {
  const n = tensor.units.length;
  const flat = reshape(tensor, [n]);
  const distance =
    aux.n === 0
      ? flat
      : b.combine([
          { tensor: flat, factor: 1 },
          { tensor: tensorOf(aux, [1]), factor: -1 },
        ]);
  const x = b.range(distance);
  const y = b.buffer(1);
  const strides = { strideY: [1, 1], strideA: [n, 1], strideB: [1, n] } as const;
  b.emit({ kind: "contract", y, a: x, b: x, size: [1, 1, n], ...strides, factor: 1 / n, accumulate: false });
  return y;
}

/** The program with its buffers put into the arena. */
function inArena(
  b: Builder,
  parts: {
    steps: number;
    features: number;
    input: Range;
    aux: Range;
    forward: Operation[];
    targets: Target[];
  },
): Program {
  const { input, aux, forward, targets } = parts;
  const inputs = aux.n > 0 ? [input, aux] : [input];
  const sections: Section[] = [
    { operations: forward, entry: inputs, exit: targets.map(({ output }) => output), repeats: false },
    ...targets.map(({ adjoint, seed, gradient, output }) => ({
      operations: adjoint,
      entry: [seed],
      exit: [seed, gradient],
      repeats: output.n > 1,
    })),
  ];
  const plan = planMemory(sections, b.buffers);
  const placed = (operations: readonly Operation[]) => operations.map((op) => mapRanges(op, plan.place));
  const cost = (operations: readonly Operation[]) =>
    operations.reduce((sum, op) => sum + kindOf(op).multiplyAdds(op), 0);
  return {
    steps: parts.steps,
    features: parts.features,
    units: plan.units,
    input: plan.place(input),
    aux: aux.n > 0 ? plan.place(aux) : { at: 0, n: 0 },
    matrices: b.matrices,
    vectors: b.vectors,
    indices: b.indices,
    forward: placed(forward),
    targets: targets.map(({ name, shape, numbers, wrt, output, seed, adjoint, gradient }) => ({
      name,
      shape,
      numbers,
      wrt,
      output: plan.place(output),
      seed: plan.place(seed),
      adjoint: placed(adjoint),
      gradient: plan.place(gradient),
    })),
    multiplyAdds:
      cost(forward) + targets.reduce((sum, { adjoint, output }) => sum + output.n * cost(adjoint), 0),
  };
}
