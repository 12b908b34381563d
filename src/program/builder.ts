import { UserError } from "../shared/errors.js";
import type { Activation } from "./activation.js";
import { isElementwise } from "./activations.js";
import type { Affine, Matrix, Operation, Range, SoftmaxForm } from "./program.js";
import {
  broadcast,
  broadcastShape,
  contiguous,
  misfit,
  reshape,
  shown,
  sizeOf,
  type Tensor,
  take,
  tensorOf,
} from "./tensor.js";
import type { Shape, Weight } from "./weight.js";

/** With their adjoints, some 3 GiB of memory for the compiler. */
const MOST_OPERATIONS = 2 ** 20;

/** A rectangle of a weight, taken as a matrix: [rows, cols] from the weight seen as [·, its last axes]. */
export interface MatrixSlice {
  readonly rows?: readonly [from: number, to: number];
  readonly cols?: readonly [from: number, to: number];
}

/**
 * What layers are placed with: it hands out buffers, keeps the constants, and records forward operations.
 * Buffers lie in an address space of their own, apart by a gap so that no range runs from one into the next;
 * plan-memory.ts later puts them into the arena.
 */
export class Builder {
  readonly operations: Operation[] = [];
  readonly matrices: Matrix[] = [];
  readonly vectors: Float64Array[] = [];
  readonly indices: Int32Array[] = [];
  readonly buffers: Range[] = [];
  readonly #matrixOf = new WeakMap<Weight, Map<string, number>>();
  readonly #vectorOf = new WeakMap<Float64Array, number>();
  #end = 0;

  buffer(units: number): Range {
    const range = { at: this.#end, n: units };
    this.buffers.push(range);
    this.#end += units + 1;
    return range;
  }

  emit(operation: Operation): void {
    if (this.operations.length >= MOST_OPERATIONS) {
      throw new UserError(
        `brings the model to more than ${MOST_OPERATIONS} operations a window; use a smaller model or window`,
      );
    }
    this.operations.push(operation);
  }

  /** A weight, or a rectangle of it, as a matrix of the program; `columns` is how many columns it has when seen flat. */
  matrix(weight: Weight, columns: number, slice: MatrixSlice = {}): number {
    const total = sizeOf(weight.shape) / columns;
    const [r0, r1] = slice.rows ?? [0, total];
    const [c0, c1] = slice.cols ?? [0, columns];
    const known = this.#matrixOf.get(weight) ?? new Map<string, number>();
    this.#matrixOf.set(weight, known);
    const key = `${columns}:${r0}-${r1}:${c0}-${c1}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const data = new Float64Array((r1 - r0) * (c1 - c0));
    for (let r = r0; r < r1; r++) {
      data.set(weight.data.subarray(r * columns + c0, r * columns + c1), (r - r0) * (c1 - c0));
    }
    known.set(key, this.matrices.push({ rows: r1 - r0, cols: c1 - c0, data }) - 1);
    return this.matrices.length - 1;
  }

  vector(data: Float64Array): number {
    const found = this.#vectorOf.get(data);
    if (found !== undefined) return found;
    this.#vectorOf.set(data, this.vectors.push(data) - 1);
    return this.vectors.length - 1;
  }

  /** The range that holds a tensor in order; copies its values together where they are not. */
  range(tensor: Tensor): Range {
    const found = contiguous(tensor);
    if (found) return found;
    const copy = this.buffer(tensor.units.length);
    const { units } = tensor;
    for (let i = 0; i < units.length; ) {
      // The longest stretch from one buffer: one copy where it is in order, else one gather.
      const home = this.#bufferOf(units[i]!);
      let end = i + 1;
      while (end < units.length && (units[end]! < 0 ? home === null : inside(units[end]!, home))) end++;
      let ordered = i + 1;
      while (ordered < end && units[ordered] === units[ordered - 1]! + 1) ordered++;
      const worthCopying = ordered === end || ordered - i >= 8;
      if (worthCopying) end = ordered;
      const y = { at: copy.at + i, n: end - i };
      if (home === null) {
        end = i + 1;
        while (end < units.length && units[end]! < 0) end++;
        this.emit({ kind: "fill", y: { at: copy.at + i, n: end - i }, value: 0 });
      } else if (worthCopying) {
        this.emit({
          kind: "combine",
          y,
          terms: [{ x: { at: units[i]!, n: y.n }, factor: 1 }],
          accumulate: false,
        });
      } else {
        const index = units.slice(i, end).map((unit) => unit - home.at);
        this.emit({ kind: "gather", y, x: home, index: this.indices.push(index) - 1 });
      }
      i = end;
    }
    return copy;
  }

  affine(y: Range, terms: Affine["terms"], bias: Float64Array | null = null): void {
    this.emit({ kind: "affine", y, terms, bias: bias ? this.vector(bias) : -1, accumulate: false });
  }

  /** Σ factor · tensor, all broadcast to one shape; refuses those of which that cannot be made. */
  combine(tensors: readonly { tensor: Tensor; factor: number }[]): Tensor {
    const shape = broadcastShape(tensors.map(({ tensor }) => tensor.shape));
    const terms = tensors.map(({ tensor, factor }) => ({ x: this.range(broadcast(tensor, shape)), factor }));
    const y = this.buffer(sizeOf(shape));
    this.emit({ kind: "combine", y, terms, accumulate: false });
    return tensorOf(y, shape);
  }

  /** left ∘ right, broadcast to one shape; refuses those of which that cannot be made. */
  multiply(left: Tensor, right: Tensor): Tensor {
    const shape = broadcastShape([left.shape, right.shape]);
    const a = this.range(broadcast(left, shape));
    const b = this.range(broadcast(right, shape));
    const y = this.buffer(sizeOf(shape));
    this.emit({ kind: "multiply", y, a, b, accumulate: false });
    return tensorOf(y, shape);
  }

  /** scale ∘ x + offset, with constants of the tensor's own size. */
  scale(tensor: Tensor, scale: Float64Array, offset: Float64Array | null): Tensor {
    const x = this.range(tensor);
    const y = this.buffer(x.n);
    const offsetVector = offset ? this.vector(offset) : -1;
    this.emit({ kind: "scale", y, x, scale: this.vector(scale), offset: offsetVector, accumulate: false });
    return tensorOf(y, tensor.shape);
  }

  /** An activation of any kind; those along an axis work on the last one. */
  activate(tensor: Tensor, f: Activation): Tensor {
    if (f.kind === "linear") return tensor;
    if (isElementwise(f)) {
      const x = this.range(tensor);
      const y = this.buffer(x.n);
      this.emit({ kind: "activate", y, x, f });
      return tensorOf(y, tensor.shape);
    }
    if (tensor.shape.length === 0) misfit(`applies ${f.kind} along the last axis, and its input has none`);
    if (f.kind === "glu") {
      const axis = tensor.shape.length - 1;
      const half = tensor.shape[axis]! / 2;
      if (!Number.isInteger(half)) misfit(`halves the last axis of ${shown(tensor.shape)} by glu`);
      const part = (from: number) =>
        take(
          tensor,
          axis,
          Array.from({ length: half }, (_, i) => from + i),
        );
      return this.multiply(part(0), this.activate(part(half), { kind: "sigmoid" }));
    }
    return this.softmax(tensor, f.kind);
  }

  /** A softmax over the last axis. */
  softmax(tensor: Tensor, form: SoftmaxForm): Tensor {
    const n = tensor.shape.at(-1)!;
    const x = this.range(tensor);
    const y = this.buffer(x.n);
    for (let i = 0; i < x.n; i += n) {
      this.emit({ kind: "softmax", y: { at: y.at + i, n }, x: { at: x.at + i, n }, form });
    }
    return tensorOf(y, tensor.shape);
  }

  /** Units of value 0. */
  zeros(shape: Shape): Tensor {
    const y = this.buffer(1);
    this.emit({ kind: "fill", y, value: 0 });
    return broadcast(
      reshape(
        tensorOf(y, [1]),
        shape.map(() => 1),
      ),
      shape,
    );
  }

  #bufferOf(unit: number): Range | null {
    if (unit < 0) return null;
    let low = 0;
    let high = this.buffers.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.buffers[middle]!.at <= unit) low = middle;
      else high = middle - 1;
    }
    return this.buffers[low]!;
  }
}

const inside = (unit: number, range: Range | null): boolean =>
  range !== null && unit >= range.at && unit < range.at + range.n;
