/** The columns of every chart, in units of its view box: names, the plot, numbers. */
export const LEFT = 150;
/** The width of a chart in its own units. */
export const WIDTH = 600;
/** Room at the right of a chart, in the same. */
export const RIGHT = 50;

/** As much of a name as fits left of a chart, by a bound of its letters' widths; the tables have it in full. */
export function fitted(name: string): string {
  let room = LEFT - 24; // in units, of which the letters are 12 high
  const letters = [...name];
  const fits = letters.findIndex((letter) => {
    room -= /[\p{L}@%&]/u.test(letter) && !/[\p{Ll}I]/u.test(letter) ? 12 : /[mw—…]/.test(letter) ? 11 : 7.5;
    return room < 0;
  });
  return fits < 0 ? name : `${letters.slice(0, fits).join("")}…`;
}
