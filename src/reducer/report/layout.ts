/** The columns of every chart, in units of its view box: names, the plot, numbers. */
export const LEFT = 130;
export const WIDTH = 620;
export const RIGHT = 50;

/** A name as it fits left of a chart; the tables have it in full. */
export function shortened(name: string): string {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}
