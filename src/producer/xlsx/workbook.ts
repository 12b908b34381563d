import { posix } from "node:path";
import type { Zip } from "../../shared/open-zip.js";
import { Kind } from "../cell-grid.js";
import { kindOfFormat } from "./number-format.js";
import { SharedStringsScanner } from "./shared-strings.js";
import { nameHash, XmlScanner } from "./xml-scanner.js";

const MAX_PART = 64 * 2 ** 20; // of a part other than sheets and strings
const MAX_STRINGS = 2 ** 29;

export interface Workbook {
  readonly sheets: readonly SheetEntry[]; // worksheets in tab order
  readonly date1904: boolean;
  /** styles[s]: what a number of cell style s is: Kind.number, Kind.date or Kind.clock. */
  readonly styles: Uint8Array;
  /** Reads the strings that the cells share, in their order. */
  readonly strings: () => Promise<string[]>;
}

export interface SheetEntry {
  readonly name: string;
  readonly part: string; // its name in the archive
  readonly hidden: boolean;
}

/** Reads what stands around the sheets of an .xlsx: their names, the date system, styles and shared strings. */
export async function readWorkbook(zip: Zip): Promise<Workbook> {
  const main = (await relations(zip, "")).find((r) => r.type.endsWith("/officeDocument"));
  const part = main?.target ?? "xl/workbook.xml";
  const links = await relations(zip, part);
  const sheets: SheetEntry[] = [];
  let date1904 = false;
  await visit(zip, part, {
    workbookPr: (tag) => {
      date1904 = /^(1|true)$/.test(tag("date1904") ?? "");
    },
    sheet: (tag) => {
      const link = links.find((l) => l.id === tag("id"));
      // Chart and dialogue sheets hold no cells.
      if (link?.type.endsWith("/worksheet"))
        sheets.push({
          name: tag("name") ?? "",
          part: link.target,
          hidden: /hidden$/i.test(tag("state") ?? ""),
        });
    },
  });
  const target = (type: string) => links.find((l) => l.type.endsWith(type) && zip.has(l.target))?.target;
  const strings = target("/sharedStrings");
  const styles = target("/styles");
  return {
    sheets,
    date1904,
    styles: styles === undefined ? new Uint8Array(0) : await readStyles(zip, styles),
    strings: async () => (strings === undefined ? [] : readStrings(zip, strings)),
  };
}

/** The kind of number that each cell style shows: `cellXfs` point to number formats, built in or own. */
async function readStyles(zip: Zip, part: string): Promise<Uint8Array> {
  const own = new Map<number, string>();
  const formats: number[] = [];
  let inCellStyles = false;
  await visit(zip, part, {
    numFmt: (tag) => own.set(Number(tag("numFmtId")), tag("formatCode") ?? ""),
    cellXfs: () => {
      inCellStyles = true;
    },
    xf: (tag) => {
      if (inCellStyles) formats.push(Number(tag("numFmtId") ?? 0));
    },
    cellStyles: () => {
      inCellStyles = false;
    },
  });
  return Uint8Array.from(formats, (id) => kindOfFormat(id, own.get(id)) ?? Kind.number);
}

async function readStrings(zip: Zip, part: string): Promise<string[]> {
  const strings: string[] = [];
  const scanner = new SharedStringsScanner(strings);
  for await (const piece of zip.pieces(part, MAX_STRINGS)) scanner.push(piece);
  scanner.end();
  return strings;
}

interface Relation {
  readonly id: string;
  readonly type: string;
  readonly target: string; // a part's name in the archive
}

/** The relations of a part to others, by the file that stands beside it under `_rels`. */
async function relations(zip: Zip, part: string): Promise<Relation[]> {
  const folder = part === "" ? "" : posix.dirname(part);
  const source = posix.join(folder, "_rels", `${posix.basename(part)}.rels`);
  const found: Relation[] = [];
  if (!zip.has(source)) return found;
  await visit(zip, source, {
    Relationship: (tag) => {
      const target = (tag("Target") ?? "").replaceAll("\\", "/");
      found.push({
        id: tag("Id") ?? "",
        type: tag("Type") ?? "",
        target: target.startsWith("/") ? target.slice(1) : posix.join(folder, target),
      });
    },
  });
  return found;
}

type Tag = (attribute: string) => string | undefined;

/** Calls the visitor of each element that has one, in document order. */
async function visit(zip: Zip, part: string, visitors: Record<string, (tag: Tag) => void>): Promise<void> {
  const scanner = new ElementScanner(visitors);
  for await (const piece of zip.pieces(part, MAX_PART)) scanner.push(piece);
  scanner.end();
}

class ElementScanner extends XmlScanner {
  private readonly visitors = new Map<number, (tag: Tag) => void>();

  constructor(visitors: Record<string, (tag: Tag) => void>) {
    super();
    for (const [name, visitor] of Object.entries(visitors)) this.visitors.set(nameHash(name), visitor);
  }

  protected override onOpen(name: number): void {
    this.visitors.get(name)?.((attribute) => this.attributeText(nameHash(attribute)));
  }

  protected override onClose(): void {}

  protected override onText(): void {}
}
