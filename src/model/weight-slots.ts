import type { Weight } from "../program/weight.js";
import { isJson, type Json } from "./config.js";

/** The object that a weight belongs to, as far as the file tells one from another. */
export interface Owner {
  readonly name: string; // its class and name
  /** Whether the file says that it stands in several places. */
  readonly shared: boolean;
}

/** The owner that an object of the configuration is. */
export function ownerOf(object: Json): Owner {
  const name = isJson(object["config"]) ? object["config"]["name"] : undefined;
  return { name: `${object["class_name"]} ${name}`, shared: object["shared_object_id"] !== undefined };
}

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
  /** The innermost object that it is part of, and that object's path. */
  readonly owner: Owner & { readonly path: string };
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
  inside(
    part: string,
    options: { readonly trainable?: boolean; readonly layer?: string; readonly owner?: Owner } = {},
  ): WeightScope {
    const path = `${this.place.path}/${part}`;
    return new WeightScope(this.slots, {
      ...this.place,
      layer: options.layer ?? this.place.layer,
      path,
      owner: options.owner ? { ...options.owner, path } : this.place.owner,
      trainable: this.place.trainable && (options.trainable ?? true),
    });
  }
}
