/** Column names with the repeated ones numbered, as pandas does: a, a, b → a, a.1, b. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((base) => {
    let name = base;
    for (let n = 1; seen.has(name); n++) name = `${base}.${n}`;
    seen.add(name);
    return name;
  });
}
