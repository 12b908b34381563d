type Rgb = readonly [number, number, number];

// ColorBrewer's RdBu and Purples (Brewer 2002): told apart with any colour vision.
const DIVERGING: readonly Rgb[] = [
  [33, 102, 172],
  [103, 169, 207],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [239, 138, 98],
  [178, 24, 43],
];
const SEQUENTIAL: readonly Rgb[] = [
  [252, 251, 253],
  [218, 218, 235],
  [158, 154, 200],
  [106, 81, 163],
  [63, 0, 125],
];

/** The colour of a value in −1 … 1: blue below 0, white, red above. */
export function diverging(value: number): string {
  return colourAt(DIVERGING, (value + 1) / 2);
}

/** The colour of a value in 0 … 1: from white to deep purple. */
export function sequential(value: number): string {
  return colourAt(SEQUENTIAL, value);
}

function colourAt(scale: readonly Rgb[], place: number): string {
  if (Number.isNaN(place)) return "#ddd";
  const at = Math.min(1, Math.max(0, place)) * (scale.length - 1);
  const below = Math.min(Math.floor(at), scale.length - 2);
  const [from, to] = [scale[below]!, scale[below + 1]!];
  const channel = (c: 0 | 1 | 2) => Math.round(from[c] + (at - below) * (to[c] - from[c])).toString(16);
  return `#${[0, 1, 2].map((c) => channel(c as 0 | 1 | 2).padStart(2, "0")).join("")}`;
}
