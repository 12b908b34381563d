/** Markup that is safe to place in a page: only `html` makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: markup as it is, anything else escaped. */
export type Piece = Markup | string | number | null | false | readonly Piece[];

/** A template for markup: what is placed in it is escaped, unless it is markup itself; lists are joined. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + textOf(pieces[i - 1] ?? null) + string));
}

function textOf(piece: Piece): string {
  if (piece === null || piece === false) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(textOf).join("");
  return String(piece).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
