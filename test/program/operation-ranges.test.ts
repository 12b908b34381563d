import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import type { Kind } from "../../src/program/operation.js";
import { kinds, mapRanges, readsOf, writesOf } from "../../src/program/operations/kinds.js";
import type { Gather, Operation, Program, Range } from "../../src/program/program.js";
import { oracleCases } from "../helpers/oracle.js";
import { randomGraph } from "./random-graph.js";

const operationsOf = ({ forward, targets }: Program): Operation[] => [
  ...forward,
  ...targets.flatMap(({ adjoint }) => adjoint),
];

/** Every range in a value, by what it looks like and wherever it stands. */
function rangesIn(value: unknown): Range[] {
  if (typeof value !== "object" || value === null) return [];
  return "at" in value && "n" in value ? [value as Range] : Object.values(value).flatMap(rangesIn);
}

const inOrder = (ranges: readonly Range[]) => ranges.map(({ at, n }) => `${at}+${n}`).sort();

test("the compiler asks for every range of an operation", () => {
  const gather = kinds.gather;
  // @ts-expect-error x is left out
  const forgotten: Kind<Gather> = { ...gather, ranges: { y: "written" } };
  expect(forgotten).toBeDefined();
});

test("each kind of operation states every range that it holds, and all of them are mapped", async () => {
  const operations: Operation[] = [];
  for (const each of oracleCases("oracle/keras3", "models/keras3")) {
    const graph = await readModel(basename(each.models[0]!), readFileSync(each.models[0]!));
    operations.push(...operationsOf(compile(graph, { target: { kind: "output" } })));
  }
  for (let seed = 1; seed <= 40; seed++)
    operations.push(...operationsOf(compile(randomGraph(seed), { target: { kind: "loss", column: null } })));
  expect([...new Set(operations.map(({ kind }) => kind))].sort()).toEqual(Object.keys(kinds).sort());

  const moved = ({ at, n }: Range): Range => ({ at: at + 1_000_000, n });
  for (const op of operations) {
    const [reads, writes] = [readsOf(op), writesOf(op)];
    const held = inOrder(rangesIn(op));
    expect([...new Set(inOrder([...reads, ...writes]))], op.kind).toEqual([...new Set(held)]);
    const mapped = mapRanges(op, moved);
    expect(readsOf(mapped), op.kind).toEqual(reads.map(moved));
    expect(writesOf(mapped), op.kind).toEqual(writes.map(moved));
    expect(inOrder(rangesIn(mapped)), op.kind).toEqual(inOrder(rangesIn(op).map(moved)));
    expect({ ...mapped, ...op }, op.kind).toEqual(op); // nothing else is touched
  }
});
