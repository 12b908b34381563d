/**
 * Names parted by commas; one that holds a comma stands in double quotes, which are written twice within it. null
 * where a name is empty or a quote is not closed.
 */
export function parseNames(text: string): string[] | null {
  const part = /\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(,|$)/y;
  const names: string[] = [];
  for (;;) {
    const match = part.exec(text);
    const name = match?.[1]?.replaceAll('""', '"') ?? match?.[2];
    if (!name || name.startsWith('"')) return null;
    names.push(name);
    if (match![3] === "") return names;
  }
}
