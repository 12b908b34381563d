/** A layer of a functional model as Keras 3 writes it, with its calls. */
export function layer(className: string, name: string, config: object, inbound: unknown[]) {
  return {
    module: "keras.layers",
    class_name: className,
    name,
    config: { name, ...config },
    inbound_nodes: inbound,
  };
}

/** The first result of a layer's call. */
export function tensor(name: string, call = 0) {
  return { class_name: "__keras_tensor__", config: { shape: [null, 2], keras_history: [name, call, 0] } };
}

/** The model of layers (the first of them the Input named `in`) whose output is the one named. */
export function functional(layers: unknown[], output: string) {
  return {
    class_name: "Functional",
    config: { name: "m", layers, input_layers: ["in", 0, 0], output_layers: [output, 0, 0] },
  };
}

export function input(...shape: number[]) {
  return layer("InputLayer", "in", { batch_shape: [null, ...shape] }, []);
}
