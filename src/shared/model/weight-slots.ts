import type { Weight } from "./graph.js";

/** A weight that a layer needs, to be filled from the file once every layer has said what it needs. */
export interface Slot {
  /** The layer as an error names it: `encoder/lstm`. */
  readonly layer: string;
  readonly name: string; // kernel, bias, gamma, …
  /** null: any length (a layer's configuration does not say the width of its input), or any rank. */
  readonly shape: readonly (number | null)[] | null;
  /** Where a .keras file keeps it: in `path`, then `vars/<index>`. */
  readonly path: string;
  readonly index: number;
  /** Where an .h5 file keeps it: in the group of the outermost model's layer … */
  readonly group: string;
  /** … after the trainable weights of that group where it is not trainable. */
  readonly trainable: boolean;
  readonly weight: { shape: readonly number[]; data: Float64Array };
}

/**
 * The weights below one layer, in the order in which Keras creates them. A layer states them with `want`;
 * `inside` goes down to a part of it (a cell, a wrapped layer, a nested model's layer).
 */
export class WeightScope {
  private next = 0;

  constructor(
    private readonly slots: Slot[],
    private readonly place: Omit<Slot, "name" | "shape" | "index" | "weight">,
  ) {}

  /** The returned weight is empty until the file's weights are filled in. */
  want(name: string, shape: Slot["shape"], options: { readonly trainable?: boolean } = {}): Weight {
    const weight = { shape: [], data: new Float64Array(0) };
    const trainable = this.place.trainable && (options.trainable ?? true);
    this.slots.push({ ...this.place, name, shape, index: this.next++, trainable, weight });
    return weight;
  }

  /** The scope of a part, by its name in the paths of .keras files. */
  inside(part: string, options: { readonly trainable?: boolean; readonly layer?: string } = {}): WeightScope {
    return new WeightScope(this.slots, {
      ...this.place,
      layer: options.layer ?? this.place.layer,
      path: `${this.place.path}/${part}`,
      trainable: this.place.trainable && (options.trainable ?? true),
    });
  }
}
