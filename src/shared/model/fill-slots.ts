import { UserError } from "../errors.js";
import type { Hdf5Array, Hdf5File } from "./read-hdf5.js";
import type { Slot } from "./weight-slots.js";

/**
 * Fills the weights from an .h5 of a whole model: each layer's group lists its weights' names in the order in
 * which Keras restores them, the trainable ones first.
 */
export function fillFromGroups(slots: readonly Slot[], file: Hdf5File, root: string): void {
  const groups = new Map<string, Slot[]>();
  for (const slot of slots)
    groups
      .set(slot.group, groups.get(slot.group) ?? [])
      .get(slot.group)!
      .push(slot);
  for (const [group, wanted] of groups) {
    const path = `${root}/${group}`;
    const names = file.texts(path, "weight_names");
    const ordered = [...wanted.filter((slot) => slot.trainable), ...wanted.filter((slot) => !slot.trainable)];
    if (names.length !== ordered.length) {
      throw new UserError(
        `layer '${group}': the file holds ${names.length} weights, its configuration needs ${ordered.length}; save the model again`,
      );
    }
    ordered.forEach((slot, i) => {
      const name = names[i]!;
      checkName(slot, name);
      fill(slot, file.array(`${path}/${name}`));
    });
  }
}

/** Fills the weights from the model.weights.h5 of a .keras file, where each has a path of its own. */
export function fillFromPaths(slots: readonly Slot[], file: Hdf5File): void {
  // Every array by its path as the newest Keras writes it.
  const arrays = new Map(file.paths().map((path) => [newestPath(path), path]));
  for (const slot of slots) {
    const path = arrays.get(`${slot.path}/vars/${slot.index}`);
    fill(slot, path === undefined ? null : file.array(path));
  }
}

/**
 * Older versions name a model's layers otherwise, give the names of private attributes (_query_dense), and on
 * Windows separate the parts by backslashes.
 */
function newestPath(path: string): string {
  const parts = path.replaceAll("\\", "/").replaceAll("_layer_checkpoint_dependencies", "layers").split("/");
  return parts.map((part) => part.replace(/^_(?=[a-z]+_dense$)/, "")).join("/");
}

/** Last words of weights' names. A weight in the place of another kind would pass unseen where shapes agree. */
const KNOWN = new Set(["kernel", "bias", "gamma", "beta", "mean", "variance", "alpha", "count"]);

function checkName(slot: Slot, name: string): void {
  const stored = lastWord(name);
  const wanted = lastWord(slot.name);
  if (stored !== wanted && KNOWN.has(stored) && KNOWN.has(wanted)) {
    throw new UserError(
      `layer '${slot.layer}': the file has '${name}' in the place of ${slot.name}; save the model again`,
    );
  }
}

/** lstm/lstm_cell/recurrent_kernel_1:0 → kernel */
function lastWord(name: string): string {
  const last = name.slice(name.lastIndexOf("/") + 1).replace(/(_\d+)?(:\d+)?$/, "");
  return last.slice(last.lastIndexOf("_") + 1);
}

function fill(slot: Slot, array: Hdf5Array | null): void {
  const where = `layer '${slot.layer}', weight ${slot.name}`;
  if (!array)
    throw new UserError(`${where}: not in the file; save the whole model again: model.save('m.keras')`);
  if (!fits(array.shape, slot.shape)) {
    const wanted = slot.shape?.map((n) => n ?? "any").join(", ");
    throw new UserError(
      `${where}: has shape [${array.shape.join(", ")}], the layer's configuration needs [${wanted}]; save the model again`,
    );
  }
  const data = array.read();
  if (data.length !== array.shape.reduce((product, n) => product * n, 1)) {
    throw new UserError(
      `${where}: holds ${data.length} numbers in shape [${array.shape.join(", ")}]; the file is damaged`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new UserError(
      `${where}: entry ${bad} is ${data[bad]}; train the model again, its weights have diverged`,
    );
  }
  slot.weight.shape = array.shape;
  slot.weight.data = data;
}

function fits(shape: readonly number[], wanted: Slot["shape"]): boolean {
  if (shape.some((n) => n < 1)) return false;
  return (
    wanted === null ||
    (shape.length === wanted.length && wanted.every((n, i) => n === null || n === shape[i]))
  );
}
