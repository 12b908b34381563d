import { createHash } from "node:crypto";
import { PermanentError } from "../shared/errors.js";
import { ByteReader, ByteWriter } from "./byte-stream.js";
import { arraysOf, emptyPartial, type PartialStatistics } from "./partial.js";
import type { StatisticsPlan } from "./plan-statistics.js";

const MAGIC = 0x6a6163; // "jac"
const VERSION = 2;
const TIME_UNITS = [null, "ms", "us", "ns"] as const;
const DIGEST = 32; // bytes of the sha256 that ends the file

/** A partial as bytes: the same statistics give the same bytes. */
export function encodePartial(partial: PartialStatistics): Uint8Array {
  const to = new ByteWriter();
  for (const number of headerOf(partial.plan)) to.varint(number);
  to.varint(partial.engines.size);
  for (const engine of [...partial.engines].sort()) to.text(engine);
  to.varint(partial.bins.first);
  to.varint(partial.bins.count);
  to.varint(TIME_UNITS.indexOf(partial.bins.timeUnit));
  for (const array of arraysOf(partial)) to.array(array);
  for (const { sketches, largest } of partial.targets) {
    for (const sketch of sketches) sketch.write(to);
    for (const windows of largest) windows.write(to);
  }
  const content = to.bytes();
  const bytes = new Uint8Array(content.length + DIGEST);
  bytes.set(content);
  bytes.set(digestOf(content), content.length);
  return bytes;
}

/** Reads back what `encodePartial` wrote, for the same plan. Throws a PermanentError on any other bytes. */
export function decodePartial(bytes: Uint8Array, plan: StatisticsPlan): PartialStatistics {
  const content = bytes.subarray(0, Math.max(0, bytes.length - DIGEST));
  if (digestOf(content).compare(bytes.subarray(content.length)) !== 0) {
    throw new PermanentError("partial statistics are damaged: their digest does not fit");
  }
  const from = new ByteReader(content);
  if (headerOf(plan).some((number) => from.varint() !== number)) {
    throw new PermanentError("partial statistics belong to another run, or to another version of jac");
  }
  const engines = Array.from({ length: from.varint() }, () => from.text());
  const partial = emptyPartial(plan, from.varint(), from.varint());
  for (const engine of engines) partial.engines.add(engine);
  partial.bins.timeUnit = TIME_UNITS[from.varint()] ?? null;
  for (const array of arraysOf(partial)) from.array(array);
  for (const { sketches, largest } of partial.targets) {
    for (const sketch of sketches) sketch.read(from);
    for (const windows of largest) windows.read(from);
  }
  from.end();
  return partial;
}

/** What two partials must share to be of one run. */
function headerOf(plan: StatisticsPlan): number[] {
  const outputs = plan.targets.map(({ m }) => m);
  return [MAGIC, VERSION, plan.steps, plan.features, plan.windows, plan.binWidth, outputs.length, ...outputs];
}

function digestOf(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
