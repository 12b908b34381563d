import { type Readable, Transform } from "node:stream";
import zlib from "node:zlib";
import { type Entry, fromBuffer, type ZipFile } from "yauzl";

/** Inflated bytes come in pieces of this size: large enough to scan fast, small enough to stay in the cache. */
const PIECE = 256 * 1024;

/** An archive in memory. The only importer of yauzl. */
export interface Zip {
  /** The entries' names, as they stand in the archive's directory. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** How many bytes the entry claims to inflate to; the readings below refuse one that does not. */
  size(name: string): number;
  /**
   * The entry's inflated bytes in pieces, checked against its checksum. Throws a plain Error (a sentence
   * fragment, to be wrapped by the caller with the file's name) where the entry is missing or damaged, or as
   * soon as it inflates to more than `limit` bytes, whatever size its header claims.
   */
  pieces(name: string, limit: number): AsyncIterable<Buffer>;
  /** The whole entry, of at most `limit` bytes. */
  bytes(name: string, limit: number): Promise<Buffer>;
}

/** Reads an archive's directory. Throws a plain Error where it is damaged or truncated. */
export async function openZip(file: Buffer): Promise<Zip> {
  const archive = await open(file);
  const entries = await list(archive);
  // Names are matched without regard to case, as the packaging conventions of Office files ask.
  const find = (name: string) => entries.get(name.toLowerCase());

  async function* pieces(name: string, limit: number): AsyncGenerator<Buffer> {
    const entry = find(name);
    if (entry === undefined) throw new Error(`the archive holds no ${name}`);
    if (entry.isEncrypted()) throw new Error(`${name} is encrypted`);
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
      throw new Error(`${name} is compressed by method ${entry.compressionMethod}, not deflate`);
    const start = await dataStart(archive, entry);
    const packed = file.subarray(start, start + entry.compressedSize);
    if (packed.length < entry.compressedSize) throw new Error(`${name} is cut short`);
    let size = 0;
    let sum: number | undefined = 0;
    const stream = entry.compressionMethod === 0 ? stored(packed) : inflated(packed);
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        size += piece.length;
        if (size > entry.uncompressedSize)
          throw new Error(`${name} is damaged: it inflates to more than the archive says`);
        if (size > limit) throw new Error(`${name} inflates to more than ${Math.round(limit / 2 ** 20)} MiB`);
        sum = zlib.crc32?.(piece, sum); // absent before Node 20.15, where damage is left to inflate to find
        yield piece;
      }
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "";
      if (code.startsWith("Z_"))
        throw new Error(`${name} is damaged: its compressed data is not valid`, { cause });
      throw cause;
    } finally {
      stream.destroy();
    }
    if (size !== entry.uncompressedSize || (sum !== undefined && sum !== entry.crc32))
      throw new Error(`${name} is damaged: its checksum does not match`);
  }

  return {
    names: [...entries.values()].map((entry) => entry.fileName),
    has: (name) => find(name) !== undefined,
    size: (name) => find(name)?.uncompressedSize ?? 0,
    pieces,
    async bytes(name, limit) {
      const parts: Buffer[] = [];
      for await (const piece of pieces(name, limit)) parts.push(piece);
      return Buffer.concat(parts);
    },
  };
}

function open(file: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    fromBuffer(file, { lazyEntries: true, autoClose: false }, (error, archive) =>
      error ? reject(error) : resolve(archive),
    ),
  );
}

function list(archive: ZipFile): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    archive.on("entry", (entry: Entry) => {
      entries.set(entry.fileName.toLowerCase(), entry);
      archive.readEntry();
    });
    archive.on("end", () => resolve(entries));
    archive.on("error", reject);
    archive.readEntry();
  });
}

function dataStart(archive: ZipFile, entry: Entry): Promise<number> {
  return new Promise((resolve, reject) =>
    archive.readLocalFileHeader(entry, { minimal: true }, (error, header) =>
      error ? reject(error) : resolve(header.fileDataStart),
    ),
  );
}

/** Inflates on a thread of libuv's pool, so that the caller scans one piece while the next is made. */
function inflated(packed: Buffer): Readable {
  const inflate = zlib.createInflateRaw({ chunkSize: PIECE });
  inflate.end(packed);
  return inflate;
}

function stored(packed: Buffer): Readable {
  const pass = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += PIECE) this.push(chunk.subarray(at, at + PIECE));
      done();
    },
  });
  pass.end(packed);
  return pass;
}
