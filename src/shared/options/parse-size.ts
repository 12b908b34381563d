const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A size as text, such as "512MiB", "1.5 GB" or "4096", in bytes; null for what is not one of at least a byte. */
export function parseSize(text: string): number | null {
  const [, digits = "", unit = ""] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  return bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER ? bytes : null;
}

/** Bytes for a person: "1 GiB", "545 GiB", "96 bytes". */
export function formatSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = Math.min(Math.max(0, Math.floor(Math.log2(bytes) / 10)), units.length - 1);
  return `${Number((bytes / 2 ** (10 * power)).toPrecision(4))} ${units[power]}`;
}
