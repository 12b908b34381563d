import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { triangle } from "../plan-statistics.js";
import type { ActiveSubspace } from "../summary.js";

const MOST_VECTORS = 10;

/**
 * The active subspace of one output from the lower triangle of Σ ∇y ∇yᵀ [size, size] over `count` gradients:
 * eigenvalues, leading vectors and activity scores (Constantine & Diaz 2017). null without a gradient.
 */
export function activeSubspace(
  gram: Float64Array,
  size: number,
  count: number,
  of: ActiveSubspace["of"],
): ActiveSubspace | null {
  if (count === 0 || size === 0) return null;
  const matrix = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const mean = gram[triangle(i) + j]! / count;
      if (!Number.isFinite(mean)) return null;
      matrix.set(i, j, mean);
      matrix.set(j, i, mean);
    }
  }
  const { realEigenvalues: ascending, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const eigenvalues = ascending.toReversed().map((value) => Math.max(0, value)); // C is positive semidefinite
  const vectors = Array.from({ length: Math.min(size, MOST_VECTORS) }, (_, j) =>
    facingUp(eigenvectorMatrix.getColumn(size - 1 - j)),
  );
  const dimension = dimensionOf(eigenvalues);
  const activity = Array.from({ length: size }, (_, i) =>
    vectors.slice(0, dimension).reduce((sum, vector, j) => sum + eigenvalues[j]! * vector[i]! ** 2, 0),
  );
  return { of, eigenvalues, dimension, vectors, activity };
}

/** An eigenvector's sign is free: the component of the largest magnitude is made positive. */
function facingUp(vector: readonly number[]): number[] {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return vector.map((value) => (largest < 0 ? 0 - value : value));
}

/**
 * The number of eigenvalues before the largest gap (ratio) among the leading ones. Those below a ten-thousandth of
 * the largest are taken as equal to that: a gap among what hardly matters, or before exact zeros, tells nothing.
 */
function dimensionOf(eigenvalues: readonly number[]): number {
  const floor = (eigenvalues[0] ?? 0) * 1e-4;
  if (floor === 0) return 0;
  let dimension = 1;
  let widest = 0;
  for (let j = 0; j < Math.min(MOST_VECTORS, eigenvalues.length - 1); j++) {
    if (eigenvalues[j]! <= floor) break;
    const gap = eigenvalues[j]! / Math.max(eigenvalues[j + 1]!, floor);
    if (gap > widest) {
      widest = gap;
      dimension = j + 1;
    }
  }
  return dimension;
}
