import { UserError } from "../shared/errors.js";
import type { Graph, Ref } from "./graph.js";

/** What is differentiated: `--target` parsed. */
export type TargetSpec =
  | { readonly kind: "output" }
  | { readonly kind: "loss"; readonly column: string | null }
  | { readonly kind: "layer"; readonly name: string };

/** Parses `output`, `loss`, `loss:COLUMN`, `layer:NAME`. */
export function parseTarget(text: string): TargetSpec {
  if (text === "output") return { kind: "output" };
  if (text === "loss") return { kind: "loss", column: null };
  const [, kind, name] = /^(loss|layer):(.+)$/s.exec(text) ?? [];
  if (kind === "loss") return { kind, column: name! };
  if (kind === "layer") return { kind, name: name! };
  throw new UserError(`--target "${text}" is not known; use output, loss, loss:COLUMN or layer:NAME`);
}

/** The column that a target compares the outputs with, which goes to the program as its aux; null: none. */
export function comparedColumnOf(target: TargetSpec): string | null {
  return target.kind === "loss" ? target.column : null;
}

/** The results of the graph that a target differentiates. */
export function resultsOf(target: TargetSpec, graph: Graph): readonly { name: string; ref: Ref }[] {
  if (target.kind !== "layer") return graph.outputs;
  const ref = graph.layers.get(target.name);
  if (!ref) {
    const known = [...graph.layers.keys()].join(", ");
    throw new UserError(`--target layer:${target.name}: the model has no such layer; it has ${known}`);
  }
  return [{ name: target.name, ref }];
}
