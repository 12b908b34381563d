const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const MAX_TOKEN = 4 * 2 ** 20; // one tag or text: far more than the 32,767 characters a cell may hold
const MAX_ATTRIBUTES = 64;

/** The number by which the scanner knows a name: a hash of its bytes, the namespace's prefix left out. */
export function nameHash(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return hash;
}

/**
 * A forward scanner of UTF-8 XML that comes in pieces, for the few elements of a workbook that matter: no tree,
 * no strings but those asked for, memory bounded by the longest token. Subclasses are told of tags and text in
 * document order. What is not well-formed ends in a plain Error.
 */
export abstract class XmlScanner {
  protected bytes: Buffer = Buffer.alloc(0);
  /** Set by a subclass while it wants `onText`. */
  protected wantsText = false;
  /** Set by a subclass once it has seen enough. */
  done = false;
  private readonly attributes = new Int32Array(MAX_ATTRIBUTES * 3); // [name's hash, value's start, value's end]
  private attributeCount = 0;
  private depth = 0;
  private begun = false;

  protected abstract onOpen(name: number): void;
  protected abstract onClose(name: number): void;
  /** A run of text, bytes[from, to); `verbatim` within CDATA, where nothing is escaped. */
  protected abstract onText(from: number, to: number, verbatim: boolean): void;

  push(piece: Buffer): void {
    this.bytes = this.bytes.length === 0 ? piece : Buffer.concat([this.bytes, piece]);
    if (!this.begun && !this.begin()) return;
    const read = this.scan();
    this.bytes = this.bytes.subarray(read);
    if (this.bytes.length > MAX_TOKEN && !this.done) throw new Error("its XML has a token without end");
  }

  /** To be called after the last piece. */
  end(): void {
    if (!this.done && (!this.begun || this.depth !== 0 || this.bytes.includes(LT)))
      throw new Error("its XML ends too early");
  }

  /** The position of an attribute of the tag just opened, for `attributeText` or a reading of the bytes; or −1. */
  protected attribute(name: number): number {
    for (let i = 0; i < this.attributeCount; i++) if (this.attributes[i * 3] === name) return i;
    return -1;
  }

  protected valueStart(attribute: number): number {
    return this.attributes[attribute * 3 + 1]!;
  }

  protected valueEnd(attribute: number): number {
    return this.attributes[attribute * 3 + 2]!;
  }

  protected attributeText(name: number): string | undefined {
    const i = this.attribute(name);
    return i < 0 ? undefined : this.decode(this.valueStart(i), this.valueEnd(i), false);
  }

  /** A non-negative integer attribute; −1 where it is absent or no such number. */
  protected attributeInteger(name: number): number {
    const i = this.attribute(name);
    return i < 0 ? -1 : this.integer(this.valueStart(i), this.valueEnd(i));
  }

  protected integer(from: number, to: number): number {
    if (from >= to || to - from > 9) return -1;
    let value = 0;
    for (let at = from; at < to; at++) {
      const digit = this.bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  protected decode(from: number, to: number, verbatim: boolean): string {
    const text = this.bytes.toString("utf8", from, to);
    return verbatim || !text.includes("&") ? text : unescapeXml(text);
  }

  /** Looks at the first bytes: the encoding must be UTF-8. */
  private begin(): boolean {
    if (this.bytes.length < 4) return false;
    const [a, b, c] = this.bytes;
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || a === 0 || b === 0)
      throw new Error("its XML is encoded in UTF-16");
    if (a === 0xef && b === 0xbb && c === 0xbf) this.bytes = this.bytes.subarray(3);
    this.begun = true;
    return true;
  }

  /** Handles every complete token; returns where the first incomplete one starts. */
  private scan(): number {
    const { bytes } = this;
    const { length } = bytes;
    let at = 0;
    while (!this.done) {
      let next = at;
      while (next < length && bytes[next] !== LT) next++;
      if (next >= length) return at;
      if (next > at && this.wantsText) this.onText(at, next, false);
      at = next;
      const second = bytes[at + 1];
      if (second === undefined) return at;
      if (second === SLASH) next = this.closeTag(at);
      else if (second === 0x3f) next = this.after("?>", at);
      else if (second === 0x21) next = this.declaration(at);
      else next = this.openTag(at);
      if (next < 0) return at;
      at = next;
    }
    return length;
  }

  private closeTag(at: number): number {
    const { bytes } = this;
    let hash = 0;
    for (let i = at + 2; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === GT) {
        this.depth--;
        if (this.depth < 0) throw new Error("its XML closes a tag that is not open");
        this.onClose(hash);
        return i + 1;
      }
      if (byte === 0x3a) hash = 0;
      else if (byte > 0x20) hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return -1;
  }

  private openTag(at: number): number {
    const { bytes } = this;
    const { length } = bytes;
    let i = at + 1;
    let name = 0;
    for (; i < length; i++) {
      const byte = bytes[i]!;
      if (byte <= 0x20 || byte === GT || byte === SLASH) break;
      name = byte === 0x3a ? 0 : (Math.imul(name, 31) + byte) | 0;
    }
    this.attributeCount = 0;
    while (i < length) {
      const byte = bytes[i]!;
      if (byte === GT) {
        this.depth++;
        this.onOpen(name);
        return i + 1;
      }
      if (byte === SLASH) {
        if (i + 1 >= length) return -1;
        if (bytes[i + 1] !== GT) throw new Error("its XML has a malformed tag");
        this.onOpen(name);
        this.onClose(name);
        return i + 2;
      }
      if (byte <= 0x20) i++;
      else {
        i = this.readAttribute(i);
        if (i < 0) return -1;
      }
    }
    return -1;
  }

  private readAttribute(at: number): number {
    const { bytes } = this;
    const { length } = bytes;
    let i = at;
    let hash = 0;
    for (; i < length; i++) {
      const byte = bytes[i]!;
      if (byte === 0x3d) break;
      if (byte === GT || byte === LT) throw new Error("its XML has a malformed tag");
      if (byte === 0x3a) hash = 0;
      else if (byte > 0x20) hash = (Math.imul(hash, 31) + byte) | 0;
    }
    do i++;
    while (i < length && bytes[i]! <= 0x20);
    if (i >= length) return -1;
    const quote = bytes[i]!;
    if (quote !== 0x22 && quote !== 0x27) throw new Error("its XML has a malformed tag");
    const start = i + 1;
    i = start;
    while (i < length && bytes[i] !== quote) i++;
    if (i >= length) return -1;
    if (this.attributeCount === MAX_ATTRIBUTES) throw new Error("its XML has a tag of too many attributes");
    const slot = this.attributeCount++ * 3;
    this.attributes[slot] = hash;
    this.attributes[slot + 1] = start;
    this.attributes[slot + 2] = i;
    return i + 1;
  }

  /** `<!--…-->` and `<![CDATA[…]]>`. A document type, the door of entity bombs, has no place in a workbook. */
  private declaration(at: number): number {
    const start = this.bytes.toString("latin1", at, at + 9);
    if (start.startsWith("<!--")) return this.after("-->", at + 4);
    if (start === "<![CDATA[") {
      const end = this.after("]]>", at + 9);
      if (end >= 0 && this.wantsText) this.onText(at + 9, end - 3, true);
      return end;
    }
    if (start.length === 9) throw new Error("its XML declares a document type");
    return -1;
  }

  private after(mark: string, from: number): number {
    const i = this.bytes.indexOf(mark, from, "latin1");
    return i < 0 ? -1 : i + mark.length;
  }
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{2,4});/gi, (whole, body: string) => {
    if (!body.startsWith("#")) return NAMED[body] ?? whole;
    const code = /^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
