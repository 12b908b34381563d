import { describe, expect, it } from "vitest";
import { gaussLegendre } from "../../../src/worker/methods/gauss-legendre.js";

describe("the Gauss–Legendre quadrature", () => {
  it.each([1, 2, 3, 7, 20, 50])("of %i nodes integrates every power up to 2n − 1 exactly", (n) => {
    const { nodes, weights } = gaussLegendre(n);
    for (let power = 0; power < 2 * n; power++) {
      const sum = nodes.reduce((total, x, i) => total + weights[i]! * x ** power, 0);
      expect(Math.abs(sum - 1 / (power + 1)), `x^${power}`).toBeLessThan(1e-14);
    }
    const next = nodes.reduce((total, x, i) => total + weights[i]! * x ** (2 * n), 0);
    if (n < 8) expect(Math.abs(next - 1 / (2 * n + 1))).toBeGreaterThan(1e-12);
  });

  it("has the nodes of the tables, ascending and in mirror pairs, however many", () => {
    const { nodes, weights } = gaussLegendre(5); // Abramowitz & Stegun, table 25.4
    const table = [-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664];
    nodes.forEach((x, i) => {
      expect(2 * x - 1).toBeCloseTo(table[i]!, 14);
    });
    expect(2 * weights[2]!).toBeCloseTo(0.568888888888889, 14);
    const many = gaussLegendre(1000).nodes;
    many.forEach((x, i) => {
      expect(x).toBeGreaterThan(i === 0 ? 0 : many[i - 1]!);
      expect(x + many[999 - i]!).toBeCloseTo(1, 14);
    });
  });
});
