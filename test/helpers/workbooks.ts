import { strToU8, type Zippable, zipSync } from "fflate";

export interface Parts {
  /** The XML within `<worksheet>` of each sheet, by name. */
  readonly sheets: Readonly<Record<string, string>>;
  readonly workbookProperties?: string; // attributes of workbookPr
  readonly sharedStrings?: string; // within <sst>
  readonly styles?: string; // within <styleSheet>
  readonly sheetState?: Readonly<Record<string, string>>;
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** An .xlsx file written part by part, for what no library writes. */
export function workbook(parts: Parts): Uint8Array {
  return zipSync(workbookParts(parts));
}

export function workbookParts(parts: Parts): Zippable {
  const names = Object.keys(parts.sheets);
  const link = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${DOCUMENT}/${type}" Target="${target}"/>`;
  const type = (part: string, kind: string) =>
    `<Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`;
  const files: Record<string, string> = {
    "[Content_Types].xml":
      `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
      type("/xl/workbook.xml", "sheet.main") +
      names.map((_, i) => type(`/xl/worksheets/sheet${i + 1}.xml`, "worksheet")).join("") +
      type("/xl/sharedStrings.xml", "sharedStrings") +
      type("/xl/styles.xml", "styles") +
      "</Types>",
    "_rels/.rels": `<Relationships xmlns="${RELATIONS}">${link("r1", "officeDocument", "xl/workbook.xml")}</Relationships>`,
    "xl/workbook.xml":
      `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}">` +
      `<workbookPr ${parts.workbookProperties ?? ""}/><sheets>` +
      names
        .map(
          (name, i) =>
            `<sheet name="${name}" sheetId="${i + 1}" ${parts.sheetState?.[name] ?? ""} r:id="s${i}"/>`,
        )
        .join("") +
      "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels":
      `<Relationships xmlns="${RELATIONS}">` +
      names.map((_, i) => link(`s${i}`, "worksheet", `worksheets/sheet${i + 1}.xml`)).join("") +
      link("strings", "sharedStrings", "sharedStrings.xml") +
      link("styles", "styles", "/xl/styles.xml") +
      "</Relationships>",
    "xl/sharedStrings.xml": `<sst xmlns="${MAIN}">${parts.sharedStrings ?? ""}</sst>`,
    "xl/styles.xml": `<styleSheet xmlns="${MAIN}">${parts.styles ?? ""}</styleSheet>`,
  };
  for (const [i, name] of names.entries())
    files[`xl/worksheets/sheet${i + 1}.xml`] =
      `<?xml version="1.0"?><worksheet xmlns="${MAIN}" xmlns:x="${MAIN}">${parts.sheets[name]}</worksheet>`;
  return Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(xml)]));
}

/** Rows of cells as `<sheetData>`: numbers and texts. */
export function sheetData(rows: readonly (readonly (number | string | null)[])[]): string {
  const cell = (value: number | string | null) => {
    if (value === null) return "<c/>";
    return typeof value === "number"
      ? `<c><v>${value}</v></c>`
      : `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  };
  return `<sheetData>${rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("")}</sheetData>`;
}
