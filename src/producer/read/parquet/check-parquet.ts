import type { FileMetaData } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { MAX_CELLS } from "../dataset.js";

const MAX_BYTES = MAX_CELLS * 16; // of all pages, decompressed

/**
 * Goes through the pages of flat columns and refuses, by a plain Error, what a damaged or hostile file claims of
 * them: the reader gives memory to such claims before it looks at what is there, and a process that grows an array
 * too far ends without an exception.
 */
export function checkParquet(bytes: ArrayBuffer, metadata: FileMetaData, columns: ReadonlySet<string>): void {
  let rows = 0;
  let left = MAX_BYTES;
  for (const group of metadata.row_groups) {
    rows += Number(group.num_rows);
    const read = new Set<string>();
    for (const { meta_data: column } of group.columns) {
      const name = column?.path_in_schema[0];
      if (column === undefined || name === undefined || !columns.has(name)) continue;
      read.add(name);
      const offsets = [column.dictionary_page_offset, column.data_page_offset]
        .map(Number)
        .filter((at) => at > 0);
      const start = Math.min(...offsets);
      const pages = new DataView(bytes, start, Number(column.total_compressed_size));
      left -= checkPages(pages, Number(group.num_rows), name);
      if (left < 0) throw new Error("its columns are too large when they are decompressed");
    }
    if (read.size !== columns.size) throw new Error("a group of its rows lacks a column");
  }
  if (rows !== Number(metadata.num_rows))
    throw new Error(`it has ${rows} rows and claims ${metadata.num_rows}`);
}

/** Returns the bytes of a column's pages, decompressed. */
function checkPages(view: DataView<ArrayBuffer>, rows: number, column: string): number {
  const reader = { view, offset: 0 };
  let values = 0;
  let bytes = 0;
  while (values < rows && reader.offset < view.byteLength) {
    const header = parquetHeader(reader);
    const {
      data_page_header: first,
      data_page_header_v2: second,
      dictionary_page_header: dictionary,
    } = header;
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    const count = (header.type === "DICTIONARY_PAGE" ? dictionary : (first ?? second))?.num_values ?? 0;
    if (!(packed >= 0 && size >= 0 && count >= 0 && count <= MAX_CELLS))
      throw new Error(`column ${column} has a page of impossible size`);
    if (header.type !== "DICTIONARY_PAGE") values += count;
    bytes += size;
    reader.offset += packed;
  }
  if (values !== rows || reader.offset > view.byteLength)
    throw new Error(`column ${column} has ${values} of its ${rows} values`);
  return bytes;
}
