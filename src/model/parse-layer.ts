import { isJson } from "./config.js";
import { type LayerBuilder, type LayerContext, refuse } from "./layer-context.js";
import type { LayerKinds } from "./layers/layer-kinds.js";

/** What to do instead of a layer that jac cannot differentiate, where there is something better than to rebuild. */
const REMEDIES: Readonly<Record<string, string>> = {
  Lambda:
    "its Python code is not in the model's configuration; replace it by a Keras layer (Rescaling, Reshape, Activation, …)",
  Embedding: "it takes whole numbers, which have no derivative; save the part of the model after it",
  Masking: "jac differentiates windows without masked steps; remove the layer, and use --missing for gaps",
};

/** Checks a layer, states its weights, and gives the function that makes it. */
export function parseLayer(context: LayerContext, kinds: LayerKinds): LayerBuilder {
  const { className, config } = context;
  checkPolicy(context);
  const parse = kinds.parserOf(className);
  if (parse) return parse(context);
  refuse(
    config.where,
    `a layer of kind ${className}`,
    Object.hasOwn(REMEDIES, className)
      ? REMEDIES[className]!
      : "replace it by built-in Keras layers of one time axis (docs/models.md lists them)",
  );
}

/** The precision of a layer's computation: a name, or in newer files a policy object. */
function checkPolicy({ config, note }: LayerContext): void {
  const policy = config.raw("dtype");
  const name = isJson(policy)
    ? JSON.stringify([policy["class_name"], policy["config"]])
    : String(policy ?? "");
  if (/Quantized|int[48]|float8/.test(name))
    refuse(config.where, "a quantised layer", "save the model before quantize()");
  if (name.includes("float16"))
    note("the model computes in 16 bits; jac computes in full precision with its weights");
}
