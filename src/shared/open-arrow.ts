import { type RecordBatch, type RecordBatchFileReader, RecordBatchReader, Table } from "apache-arrow";

/**
 * Reads a table from an Arrow IPC file or stream, whose bytes need not be sound: where apache-arrow's own reading of
 * a file goes by the messages, and asks for the same one for ever when it is not what it should be, this goes by the
 * footer's list of batches. Throws a plain Error where the bytes are damaged.
 */
export function openArrow(bytes: Uint8Array): Table {
  const reader = RecordBatchReader.from(bytes);
  reader.open();
  const batches: RecordBatch[] = [];
  for (const batch of reader.isFile() ? fileBatches(reader as RecordBatchFileReader) : reader) {
    batches.push(batch);
  }
  return batches.length > 0 ? new Table(batches) : new Table(reader.schema);
}

function* fileBatches(reader: RecordBatchFileReader): Generator<RecordBatch> {
  for (let i = 0; i < reader.numRecordBatches; i++) {
    const batch = reader.readRecordBatch(i);
    if (batch === null) throw new Error(`its batch ${i} is not where its footer says`);
    yield batch;
  }
}
