import { UserError } from "../../shared/errors.js";
import type { Slot } from "../weight-slots.js";
import type { Hdf5Array, Hdf5File } from "./read-hdf5.js";

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
export function fillFromPaths(slots: readonly Slot[], file: Hdf5File, keras: number): void {
  // Every array by its path as the newest Keras writes it.
  const arrays = new Map(file.paths().map((path) => [newestPath(path), path]));
  const owners = new Map<string, Map<string, Slot["owner"]>>(); // by name, then by path
  for (const { owner } of slots)
    owners.set(owner.name, (owners.get(owner.name) ?? new Map()).set(owner.path, owner));
  for (const slot of slots) {
    // Keras 2 leaves out what it has written already, and numbers the layers after it as if it were not there.
    const namesakes = keras < 3 ? [] : [...owners.get(slot.owner.name)!.values()];
    const path = arrays.get(`${slot.path}/vars/${slot.index}`) ?? elsewhere(slot, namesakes, arrays);
    if (path === undefined) missing(slot, "as .h5 if two parts of it share a layer: model.save('m.h5')");
    fill(slot, file.array(path));
  }
}

function missing(slot: Slot, remedy: string): never {
  throw new UserError(
    `layer '${slot.layer}', weight ${slot.name}: not in the file; save the whole model again, ${remedy}`,
  );
}

/**
 * An object in several places of a model (a layer by itself and inside TimeDistributed, or in two nested models)
 * has its weights in one of them only, and its number may stand in another only. Undefined where that is not clear.
 */
function elsewhere(
  slot: Slot,
  namesakes: readonly Slot["owner"][],
  arrays: ReadonlyMap<string, string>,
): string | undefined {
  const inside = slot.path.slice(slot.owner.path.length);
  const found = namesakes
    .filter(({ shared }) => shared || slot.owner.shared)
    .map(({ path }) => arrays.get(`${path}${inside}/vars/${slot.index}`))
    .filter((path) => path !== undefined);
  return new Set(found).size === 1 ? found[0] : undefined;
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
  const directions = [directionOf(name), directionOf(slot.path)];
  const turned = !directions.includes(undefined) && directions[0] !== directions[1];
  if ((stored !== wanted && KNOWN.has(stored) && KNOWN.has(wanted)) || turned) {
    const remedy = turned ? "unfreeze both directions, then save" : "save";
    throw new UserError(
      `layer '${slot.layer}': the file has '${name}' in the place of ${turned ? `the ${directions[1]} layer's ` : ""}${slot.name}; ${remedy} the model again`,
    );
  }
}

/**
 * bidirectional/forward_lstm/lstm_cell/kernel → forward. With one direction frozen, Keras 2 writes the other first,
 * and the configuration does not say so.
 */
function directionOf(path: string): string | undefined {
  return [...path.matchAll(/(?<=^|\/)(forward|backward)_/g)].at(-1)?.[1];
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
