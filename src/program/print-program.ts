import type { Operation, Program, Range } from "./program.js";

/**
 * A program as text, an operation a line. A buffer of n units at a is written a+n; what a value accumulates into
 * has a `+` after its name; matrices, vectors and index tables are m0, v0, i0 by their number.
 */
export function printProgram(program: Program): string {
  const { steps, features, units, input, aux, matrices, vectors, indices, forward, targets, multiplyAdds } =
    program;
  const lines = [
    `program: windows of ${steps} rows × ${features} features, ${units} units, ${multiplyAdds} multiply-adds a window`,
    `input ${range(input)}${aux.n > 0 ? `, aux ${range(aux)}` : ""}`,
    ...matrices.map(({ rows, cols }, i) => `m${i} [${rows}, ${cols}]`),
    ...vectors.map(({ length }, i) => `v${i} [${length}]`),
    ...indices.map(({ length }, i) => `i${i} [${length}]`),
    `forward, ${forward.length} operations:`,
    ...forward.map(printOperation),
  ];
  for (const { name, shape, numbers, output, seed, adjoint, gradient } of targets) {
    lines.push(
      `target ${name} [${shape.join(", ")}]${numbers ? ` (numbers ${numbers.join(", ")})` : ""}: output ${range(output)}, seed ${range(seed)}, gradient ${range(gradient)}`,
      `adjoint, ${adjoint.length} operations:`,
      ...adjoint.map(printOperation),
    );
  }
  return lines.join("\n");
}

const tables = new Map([
  ["matrix", "m"],
  ["bias", "v"],
  ["scale", "v"],
  ["offset", "v"],
  ["index", "i"],
]);

function printOperation(operation: Operation): string {
  const { kind, ...fields } = operation;
  const accumulates = "accumulate" in fields && fields.accumulate;
  const parts = Object.entries(fields)
    .filter(([key]) => key !== "accumulate")
    .map(([key, value], i) => `${key}${accumulates && i === 0 ? "+" : ""}=${show(key, value)}`);
  return `  ${kind.padEnd(18)} ${parts.join(" ")}`;
}

function show(key: string, value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return `(${value.map((each) => show("", each)).join(" ")})`;
  if (typeof value === "number")
    return tables.has(key) && Number.isInteger(value)
      ? value < 0
        ? "none"
        : `${tables.get(key)}${value}`
      : String(value);
  if (typeof value !== "object") return String(value);
  if (isRange(value)) return range(value);
  const entries = Object.entries(value as object);
  return entries
    .map(([name, each]) => (name === "kind" ? String(each) : `${name}:${show(name, each)}`))
    .join(",");
}

function isRange(value: object): value is Range {
  return "at" in value && "n" in value;
}

function range({ at, n }: Range): string {
  return `${at}+${n}`;
}
