import type { Config } from "./config.js";
import { TensorRef } from "./layer-context.js";
import { isModel, type LayerEntry } from "./layer-entry.js";
import { parseCall, parseCoordinates } from "./parse-call.js";

/** The calls of a layer as the configuration records them. */
export function inboundNodes(entry: LayerEntry): readonly unknown[] {
  const nodes = entry.raw["inbound_nodes"];
  return Array.isArray(nodes) ? nodes : [];
}

/**
 * The number of each nested model's first call. A nested model has a call of its own from being built, which is
 * not in the file: Keras 2 counts it everywhere, Keras 3 only in `output_layers` and not for Sequential models.
 * Older versions differ, so the numbers in use decide where they contradict that.
 */
export function firstCalls(config: Config, entries: readonly LayerEntry[], keras: number) {
  const models = entries.filter((entry) => isModel(entry.raw));
  const names = new Set(entries.map((entry) => entry.name));
  const collect = () => {
    const uses = new Map(models.map((entry) => [entry.name, new Set<number>()]));
    const refer = (layer: string, call: number): TensorRef => {
      uses.get(layer)?.add(call);
      return new TensorRef(layer, call, 0);
    };
    return { uses, refer };
  };
  const inbound = collect();
  const outputs = collect();
  if (models.length > 0) {
    for (const entry of entries) {
      for (const node of inboundNodes(entry))
        parseCall(entry.name, node, (name) => names.has(name), inbound.refer);
    }
    parseCoordinates(config.raw("output_layers"), outputs.refer);
  }
  const first = (uses: ReadonlyMap<string, ReadonlySet<number>>, expected: (entry: LayerEntry) => number) =>
    new Map(
      models.map((entry) => {
        const calls = uses.get(entry.name)!;
        if (calls.has(0)) return [entry.name, 0];
        return [entry.name, calls.has(inboundNodes(entry).length) ? 1 : expected(entry)];
      }),
    );
  return {
    inbound: first(inbound.uses, () => (keras < 3 ? 1 : 0)),
    outputs: first(outputs.uses, (entry) => (keras < 3 || entry.className !== "Sequential" ? 1 : 0)),
  };
}
