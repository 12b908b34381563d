import type { Weight } from "./graph.js";
import { type LayerParser, refuse } from "./layer-context.js";
import { parseActivation } from "./parse-activation.js";

export const parseDense: LayerParser = ({ config, weights, keras }) => {
  const units = config.count("units");
  const activation = parseActivation(config, "activation", keras);
  const kernel = weights.want("kernel", [null, units]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [units]) : null;
  return () => ({ kind: "Dense", activation, kernel, bias });
};

export const parseEinsumDense: LayerParser = ({ config, weights, keras }) => {
  const equation = config.string("equation").replaceAll(" ", "");
  const parts = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation);
  const [, input = "", kernelAxes = "", output = ""] =
    parts ?? config.fail("equation", "an equation such as 'abc,cd->abd'");
  const activation = parseActivation(config, "activation", keras);
  const kernel = weights.want(
    "kernel",
    Array.from(kernelAxes, () => null),
  );
  const biasAxes = Array.from(output).filter(
    (axis) => config.has("bias_axes") && config.string("bias_axes").includes(axis),
  );
  // Keras keeps an axis of length 1 for every output axis after the first of the bias.
  const stored = Array.from(output).slice(output.indexOf(biasAxes[0] ?? ""));
  const bias =
    biasAxes.length > 0
      ? weights.want(
          "bias",
          stored.map((axis) => (biasAxes.includes(axis) ? null : 1)),
        )
      : null;

  if (equation.includes(".")) {
    const [x, y] = kernelAxes;
    const plain =
      kernelAxes.length === 2 &&
      input === `...${x}` &&
      output === `...${y}` &&
      biasAxes.every((axis) => axis === y);
    if (!plain)
      refuse(
        config.where,
        `the ellipsis in the equation '${equation}'`,
        "write the equation with every axis named",
      );
    return () => ({ kind: "Dense", activation, kernel, bias });
  }
  return () => ({
    kind: "EinsumDense",
    equation,
    activation,
    kernel,
    bias: bias && withoutAxes(bias, stored, biasAxes),
    biasAxes: biasAxes.join(""),
  });
};

function withoutAxes(weight: Weight, axes: readonly string[], kept: readonly string[]): Weight {
  return { shape: weight.shape.filter((_, i) => kept.includes(axes[i]!)), data: weight.data };
}
