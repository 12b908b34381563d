#!/usr/bin/env node
// Writes native/program-words.h and native/operations.h, the kernel's side of the tables in
// src/program/program-layouts.ts and operation-layouts.ts. Given --check, compares with the files kept instead.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WIDTH = 120; // of a line

/** How a field of each kind stands in C++, and what its comment says before the field's own note. */
const KINDS = {
  int: ["int32_t", ""],
  range: ["Range", ""],
  at: ["int32_t", ""],
  optionalAt: ["int32_t", "optional"],
  flag: ["int32_t", "flag"],
  vector: ["int32_t", "vector"],
  optionalVector: ["int32_t", "optional vector"],
  matrix: ["int32_t", "matrix"],
  table: ["int32_t", "table"],
  constant: ["int32_t", "constant"],
  numbers: ["int32_t", "constants"],
  activation: ["ActivationWords", ""],
  softmaxForm: ["int32_t", "a SoftmaxForm"],
  normaliseForm: ["int32_t", "a NormaliseForm"],
};

const MADE = `// Made by native/generate-layouts.mjs of src/program/{}, by which programs are
// written; never changed by hand.`;

const pascal = (name) => name.replace(/(^|[-_])([a-z])/g, (_, __, letter) => letter.toUpperCase());

/** The headers' texts by their names, for the tables (LAYOUTS of src/program/program-layouts.ts). */
export function layoutsHeaders(layouts) {
  return { "program-words.h": programHeader(layouts), "operations.h": operationsHeader(layouts) };
}

function programHeader({ version, mostArenaUnits, program, activations, softmaxForms, normaliseForms }) {
  const { activation, ...records } = program;
  const parameters = (name) => activations[name].map((each, i) => `${"abc"[i]}: ${each}`).join(", ");
  return join([
    `// The words of a program, but for those of its operations, which operations.h has.
${MADE.replace("{}", "program-layouts.ts")}
//
// A record is a struct of words. A shape in brackets is that of the units which begin at the field's value: a unit of
// a tile is [lanes] numbers, so [n] units are [n][lanes]. An optional field may be −1, for none; a flag is 0 or 1;
// a vector, matrix or table is one of the program's by its number; a constant is an index into its constants.
#pragma once
#include <stdint.h>`,
    `constexpr int32_t kVersion = ${version};
constexpr int32_t kMostUnits = ${mostArenaUnits};  // of an arena`,
    enumeration("ActivationCode", Object.keys(activations), "kActivationCodes", parameters),
    enumeration("SoftmaxForm", softmaxForms.map(form), "kSoftmaxForms"),
    enumeration("NormaliseForm", normaliseForms.map(form), "kNormaliseForms"),
    struct("Range", "Units at … at + n − 1.", [
      ["int32_t at;", ""],
      ["int32_t n;", ""],
    ]),
    ...structs("activation", activation),
    ...Object.entries(records).flatMap(([name, layout]) => structs(name, layout)),
  ]);
}

function operationsHeader({ operations }) {
  return join([
    `// The words of each kind of operation: program-words.h has the legend.
${MADE.replace("{}", "operation-layouts.ts")}
//
// (+)= adds where \`accumulate\` is set, and assigns where it is not.
#pragma once
#include "program-words.h"`,
    enumeration("OperationCode", Object.keys(operations)),
    ...Object.entries(operations).flatMap(([name, layout]) => structs(name, layout)),
  ]);
}

const join = (parts) => `${parts.join("\n\n")}\n`;
const form = (name) => `${name}-form`;

/** An enumeration, and under the name `count`, if any, how many it holds. */
function enumeration(type, names, count = null, note = () => "") {
  const lines = names.map((name, i) => [`k${pascal(name)} = ${i},`, note(name)]);
  const total = count === null ? [] : [`constexpr int32_t ${count} = ${names.length};`];
  return [`enum ${type} : int32_t {`, ...aligned(lines), "};", ...total].join("\n");
}

/** The struct of a record, after that of the elements of its list where it has one. */
function structs(record, { about, fields }) {
  const name = `${pascal(record)}Words`;
  const lines = [];
  const before = [];
  const methods = [];
  for (const [field, [kind, ...rest]] of Object.entries(fields)) {
    if (kind === "list") {
      const [element, elementFields] = rest;
      before.push(struct(element, `One of the ${field} of ${name}.`, members(elementFields)));
      lines.push(["int32_t count;", `of ${field}`]);
      methods.push(
        `  /** [count], right behind. */`,
        `  const ${element}* ${field}() const { return reinterpret_cast<const ${element}*>(this + 1); }`,
        `  ${name}(const ${name}&) = delete;  // a copy would lose them`,
      );
    } else lines.push(...members({ [field]: [kind, ...rest] }));
  }
  return [...before, struct(name, about, lines, methods)];
}

function members(fields) {
  return Object.entries(fields).map(([name, [kind, note]]) => {
    const [type, said] = KINDS[kind];
    return [
      `${type} ${name};`,
      [said, note].filter((part) => part !== "").join(kind === "flag" ? ": " : " "),
    ];
  });
}

function struct(name, about, lines, methods = []) {
  return [...comment(about), `struct ${name} {`, ...aligned(lines), ...methods, "};"].join("\n");
}

/** Lines with their comments in one column. */
function aligned(lines) {
  const width = Math.max(...lines.filter(([, note]) => note !== "").map(([code]) => code.length));
  return lines.map(([code, note]) => `  ${note === "" ? code : `${code.padEnd(width)}  // ${note}`}`);
}

/** A doc comment, on one line where it fits. */
function comment(text) {
  if (text.length + 8 <= WIDTH) return [`/** ${text} */`];
  const lines = [];
  let line = " *";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " *";
    }
    line += ` ${word}`;
  }
  return ["/**", ...lines, line, " */"];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = new URL("..", import.meta.url);
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" }); // the tables as they are now
  const { LAYOUTS } = await import("../dist/program/program-layouts.js");
  for (const [name, text] of Object.entries(layoutsHeaders(LAYOUTS))) {
    const header = new URL(name, import.meta.url);
    if (!process.argv.includes("--check")) writeFileSync(header, text);
    else if (text !== readFileSync(header, "utf8")) {
      throw new Error(
        `native/${name} is not what its tables give; run node native/generate-layouts.mjs and commit it`,
      );
    }
  }
}
