/** A name as it fits in a terminal's table; summary.json has it in full. */
export function shorten(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
