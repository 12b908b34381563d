import { promisify } from "node:util";
import zlib from "node:zlib";
import { type Entry, fromBuffer, type ZipFile } from "yauzl";

/** An archive in memory. The only importer of yauzl. */
export interface Zip {
  /** The entries' names, as they stand in the archive's directory. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** How many bytes the entry claims to inflate to; `bytes` refuses one that inflates to more or less. */
  size(name: string): number;
  /**
   * The entry's inflated bytes, checked against its size and checksum. Throws a plain Error (a sentence fragment,
   * to be wrapped by the caller with the file's name) where the entry is missing, damaged, or larger than `limit`.
   */
  bytes(name: string, limit: number): Promise<Buffer>;
}

const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/** Reads an archive's directory. Throws a plain Error where it is damaged or truncated. */
export async function openZip(file: Buffer): Promise<Zip> {
  const archive = await open(file);
  const entries = await list(archive);
  // Names are matched without regard to case, as the packaging conventions of Office files ask.
  const find = (name: string) => entries.get(name.toLowerCase());

  async function bytes(name: string, limit: number): Promise<Buffer> {
    const entry = find(name);
    if (entry === undefined) throw new Error(`the archive holds no ${name}`);
    if (entry.isEncrypted()) throw new Error(`${name} is encrypted`);
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
      throw new Error(`${name} is compressed by method ${entry.compressionMethod}, not deflate`);
    const size = entry.uncompressedSize;
    if (size > limit) throw new Error(`${name} inflates to more than ${Math.round(limit / 2 ** 20)} MiB`);
    const start = await dataStart(archive, entry);
    const packed = file.subarray(start, start + entry.compressedSize);
    if (packed.length < entry.compressedSize) throw new Error(`${name} is cut short`);
    const content = entry.compressionMethod === 0 ? Buffer.from(packed) : await inflated(name, packed, size);
    const sum = zlib.crc32?.(content); // absent before Node 20.15, where damage is left to inflate to find
    if (content.length !== size || (sum !== undefined && sum !== entry.crc32))
      throw new Error(`${name} is damaged: its checksum does not match`);
    return content;
  }

  return {
    names: [...entries.values()].map((entry) => entry.fileName),
    has: (name) => find(name) !== undefined,
    size: (name) => find(name)?.uncompressedSize ?? 0,
    bytes,
  };
}

function open(file: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    fromBuffer(file, { lazyEntries: true, autoClose: false }, (error, archive) =>
      error ? reject(new Error("its end is missing or damaged", { cause: error })) : resolve(archive),
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

/** Inflates in one step on a thread of libuv's pool, which then waits for nothing that this thread does. */
async function inflated(name: string, packed: Buffer, size: number): Promise<Buffer> {
  try {
    return await inflateRaw(packed, {
      chunkSize: Math.max(64, size + 1),
      maxOutputLength: Math.max(1, size),
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "ERR_BUFFER_TOO_LARGE"
        ? "it inflates to more than the archive says"
        : "its compressed data is not valid";
    throw new Error(`${name} is damaged: ${why}`, { cause });
  }
}
