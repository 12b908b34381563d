/** Whole numbers as they are, others to three significant digits; a real minus sign; a dash for what is not defined. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  return textOf(value).replace("-", "−").replace("e+", "e").replace("e-", "e−");
}

function textOf(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The same with its sign. */
export function formatSigned(value: number | null): string {
  return `${value !== null && value > 0 ? "+" : ""}${formatNumber(value)}`;
}

/** A share as a percentage; – where it is not defined. */
export function formatShare(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** A ratio as so many times; – where it is not defined. */
export function formatFactor(value: number | null): string {
  return value === null ? "–" : `×${value.toFixed(2)}`;
}

/** A count with its thousands apart. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}
