/** A quadrature of [0, 1]. */
export interface Quadrature {
  readonly nodes: Float64Array; // [n], ascending
  readonly weights: Float64Array; // [n]; they sum to 1
}

/**
 * The Gauss–Legendre quadrature of n nodes, exact for polynomials up to degree 2n − 1: the zeros x of P_n by Newton's
 * method from Tricomi's estimate, and the weights 2 / ((1 − x²) P_n′(x)²) (Abramowitz & Stegun 1964, 25.4.29; NIST DLMF
 * 3.5), taken from [−1, 1] to [0, 1].
 */
export function gaussLegendre(n: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < Math.ceil(n / 2); i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5)); // descending from 1
    for (let turn = 0; turn < 10; turn++) {
      const { value, slope } = legendre(n, x);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    if (2 * i + 1 === n) x = 0;
    const { slope } = legendre(n, x);
    const weight = 1 / ((1 - x * x) * slope * slope); // half of [−1, 1]'s
    nodes[i] = (1 - x) / 2;
    nodes[n - 1 - i] = (1 + x) / 2;
    weights[i] = weight;
    weights[n - 1 - i] = weight;
  }
  return { nodes, weights };
}

/** P_n(x) and P_n′(x), by Bonnet's recursion; |x| < 1. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let before = 1;
  let value = x;
  for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}
