import { nameHash, XmlScanner } from "./xml-scanner.js";

const ITEM = nameHash("si");
const TEXT = nameHash("t");
const PHONETIC = nameHash("rPh");
const MAX_ITEMS = 2 ** 23;

/** Reads `sharedStrings.xml`: each item's runs of text joined, its phonetic hints left out. */
export class SharedStringsScanner extends XmlScanner {
  private text = "";
  private phonetic = 0;

  constructor(private readonly strings: string[]) {
    super();
  }

  protected override onOpen(name: number): void {
    if (name === TEXT) this.wantsText = this.phonetic === 0;
    else if (name === ITEM) this.text = "";
    else if (name === PHONETIC) this.phonetic++;
  }

  protected override onClose(name: number): void {
    if (name === TEXT) this.wantsText = false;
    else if (name === ITEM) this.addItem();
    else if (name === PHONETIC) this.phonetic--;
  }

  private addItem(): void {
    if (this.strings.length === MAX_ITEMS) throw new Error(`it has more than ${MAX_ITEMS} strings`);
    this.strings.push(unescapeCellText(this.text));
  }

  protected override onText(from: number, to: number, verbatim: boolean): void {
    this.text += this.decode(from, to, verbatim);
  }
}

/** Characters that XML cannot hold are written `_x000D_` in cell texts (ECMA-376 part 1, §22.9.2.19). */
export function unescapeCellText(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9a-f]{4})_/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
