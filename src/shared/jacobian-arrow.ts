import {
  type Data,
  Field,
  FixedSizeList,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
} from "apache-arrow";
import { numberData, textData, timeData, timeUnit } from "./data-arrow.js";
import { PermanentError } from "./errors.js";
import { openArrow } from "./open-arrow.js";
import { SUBMIT_OPTIONS } from "./options/submit-options.js";
import type { Floats, Part, PartTarget } from "./part.js";
import { sizeOfWrt } from "./wrt.js";

const TENSOR = "arrow.fixed_shape_tensor";
const METHODS = SUBMIT_OPTIONS.method.kind.choices;

/**
 * A part as the bytes of an Arrow IPC file: one record batch, uncompressed, so that readers may map it.
 * The same part gives the same bytes. The big arrays are copied once, into the result.
 */
export function encodePart(part: Part): Uint8Array {
  const windows = part.window.length;
  const columns: [Field, Data][] = [
    column("window", numberData(part.window)),
    // Copied, as the writer would join two equal views of a buffer into one: where the stride is 1, row may be window.
    column("row", numberData(part.row.slice())),
  ];
  if (part.time) columns.push(column("time", timeData(part.time), true));
  if (part.group) columns.push(column("group", textData(part.group)));
  for (const target of part.targets) {
    const [prediction, jacobian, completeness] = columnNames(part.targets.length, target.name);
    columns.push(
      listColumn(prediction, windows, target.m, target.prediction, null),
      listColumn(jacobian, windows, target.m * sizeOfWrt(target.wrt), target.jacobian, {
        shape: [target.m, ...target.wrt.shape],
        dim_names: ["output", ...target.wrt.names],
      }),
    );
    if (target.completeness)
      columns.push(listColumn(completeness, windows, target.m, target.completeness, null));
  }
  // Every part of a run has just this metadata: readers of a dataset compare schemas.
  const schema = new Schema(
    columns.map(([field]) => field),
    new Map([
      ["jac.features", JSON.stringify(part.columns)],
      ["jac.targets", JSON.stringify(part.targets.map((target) => target.name))],
      ...perTarget("jac.outputs", part.targets, "numbers"),
      ...perTarget("jac.output-names", part.targets, "outputNames"),
      ...(part.method === "gradient" ? [] : ([["jac.method", part.method]] as const)),
    ]),
  );
  const type = new Struct(schema.fields);
  const children = columns.map(([, data]) => data);
  const batch = new RecordBatch(schema, makeData({ type, length: windows, nullCount: 0, children }));
  return RecordBatchFileWriter.writeAll(new Table([batch])).toUint8Array(true);
}

/**
 * Reads back what `encodePart` wrote. The arrays are views of the bytes where those are aligned. Throws a
 * PermanentError on bytes that are no such file or that end too early; whether each is what was written is for the
 * digest to tell, which the manifest has, and which callers check before: a count in Arrow's own tables may be anything.
 */
export function decodePart(bytes: Uint8Array): Part {
  try {
    return partOf(openArrow(bytes));
  } catch (cause) {
    throw new PermanentError("a part of the Jacobian is damaged: it is not the Arrow file it should be", {
      cause,
    });
  }
}

function partOf(table: Table): Part {
  const features: string[] = JSON.parse(table.schema.metadata.get("jac.features") ?? "");
  const names: string[] = JSON.parse(table.schema.metadata.get("jac.targets") ?? "");
  const numbers: PartTarget["numbers"][] = JSON.parse(table.schema.metadata.get("jac.outputs") ?? "[]");
  const outputNames: PartTarget["outputNames"][] = JSON.parse(
    table.schema.metadata.get("jac.output-names") ?? "[]",
  );
  let steps = 0;
  const targets = names.map((name, t): PartTarget => {
    const [prediction, jacobian, completeness] = columnNames(names.length, name);
    const field = table.schema.fields.find((candidate) => candidate.name === jacobian);
    const tensor: Tensor = JSON.parse(field?.metadata.get("ARROW:extension:metadata") ?? "");
    const [m = 0, ...shape] = tensor.shape;
    steps = shape.at(-2) ?? 0;
    const floats = (column: string) => valuesOf<Floats>(dataOf(table, column).children[0]);
    return {
      name,
      m,
      wrt: { shape, names: tensor.dim_names.slice(1) },
      numbers: numbers[t] ?? null,
      outputNames: outputNames[t] ?? null,
      prediction: floats(prediction),
      jacobian: floats(jacobian),
      completeness: table.getChild(completeness) === null ? null : floats(completeness),
    };
  });
  const time = table.getChild("time") && dataOf(table, "time");
  const group = table.getChild("group");
  return {
    columns: features,
    steps,
    method: methodNamed(table.schema.metadata.get("jac.method")),
    window: valuesOf(dataOf(table, "window")),
    row: valuesOf(dataOf(table, "row")),
    time: time ? { unit: timeUnit(time.type), values: valuesOf(time) } : null,
    group: group ? Array.from(group as Iterable<string>) : null,
    targets,
  };
}

/** A part of derivatives does not name its method. */
function methodNamed(name = "gradient"): Part["method"] {
  const method = METHODS.find((known) => known === name);
  if (method === undefined) throw new Error(`the method ${name} is unknown`);
  return method;
}

/** A target's columns: plain names where it is the only one. */
function columnNames(targets: number, name: string): [string, string, string] {
  const end = targets === 1 ? "" : `_${name}`;
  return [`prediction${end}`, `jacobian${end}`, `completeness${end}`];
}

function column(name: string, data: Data, nullable = false): [Field, Data] {
  return [new Field(name, data.type, nullable), data];
}

/** Metadata that a list for each target is; none where no target has one, as in most runs. */
function perTarget(
  key: string,
  targets: readonly PartTarget[],
  field: "numbers" | "outputNames",
): [string, string][] {
  const lists = targets.map((target) => target[field]);
  return lists.every((list) => list === null) ? [] : [[key, JSON.stringify(lists)]];
}

/** What Arrow's canonical tensor type is told of a row. */
interface Tensor {
  readonly shape: readonly number[];
  readonly dim_names: readonly string[];
}

/** Rows of `size` numbers; with a shape, as Arrow's canonical tensor type. */
function listColumn(
  name: string,
  windows: number,
  size: number,
  values: Floats,
  tensor: Tensor | null,
): [Field, Data] {
  if (values.length !== windows * size) {
    throw new Error(`column ${name}: ${values.length} values for ${windows} windows of ${size}`);
  }
  const child = numberData(values);
  const type = new FixedSizeList(size, new Field("item", child.type, true));
  const metadata = new Map<string, string>();
  if (tensor) {
    metadata.set("ARROW:extension:name", TENSOR);
    metadata.set("ARROW:extension:metadata", JSON.stringify(tensor));
  }
  const data = makeData({ type, length: windows, nullCount: 0, child });
  return [new Field(name, type, false, metadata), data];
}

function dataOf(table: Table, name: string): Data {
  const chunks = table.getChild(name)?.data;
  if (chunks?.length !== 1) throw new Error(`expected a column ${name} in one record batch`);
  return chunks[0]!;
}

function valuesOf<A>(data: Data | undefined): A {
  if (data === undefined) throw new Error("a column has no values");
  // The file pads columns to eight bytes, so an odd number of float32 has one more after it.
  return data.values.subarray(0, data.length) as A;
}
