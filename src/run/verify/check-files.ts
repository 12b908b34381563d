import { partialName } from "../../shared/committed-chunks.js";
import { messageOf } from "../../shared/errors.js";
import { RESULTS } from "../../shared/is-whole.js";
import type { Manifest } from "../../shared/manifest.js";
import type { RunFolder } from "../../shared/run-folder.js";
import { type FileRecord, partName, recordOf, sha256, storedFiles } from "../../shared/run-spec.js";
import { decodePartial } from "../../statistics/encode-partial.js";
import { planStatistics } from "../../statistics/plan-statistics.js";

/** A file that was shown to be bad. */
export interface BadFile {
  readonly name: string;
  readonly fault: "missing" | "changed" | "unexpected" | "unreadable";
  readonly detail: string; // for a person, after the name: "is missing"
}

/** What became of a run's files. */
export interface CheckedFiles {
  readonly checked: number;
  readonly bad: readonly BadFile[];
  /** What could not be checked, and why, for a person. */
  readonly notes: readonly string[];
  /** The chunks whose parts are what was written, ascending. */
  readonly parts: readonly number[];
}

/**
 * Checks every file of a run against its record: the stored inputs, parts, statistics, summary, timeline and report.
 * Of a run without digests of its statistics (it goes on, or failed) each is checked against the digest that it carries.
 */
export async function checkFiles(folder: RunFolder, manifest: Manifest): Promise<CheckedFiles> {
  const check = new Check(folder);
  for (const file of storedFiles(manifest)) await check.recorded(file);
  const partials = await check.listing("partials/");
  const listed = await check.listing("jacobians/");
  const plan = planStatistics(manifest);
  const whole = (bytes: Uint8Array): void => void decodePartial(bytes, plan);

  const settled = manifest.status === "done" || manifest.status === "partial";
  const table = manifest.status === "running" ? [] : manifest.table;
  const expected = new Set<string>();
  const parts: number[] = [];
  for (const { index, part, sha256: digest, bytes, statistics } of table) {
    expected.add(part);
    if (await check.recorded({ name: part, sha256: digest, bytes })) parts.push(index);
    const name = partialName(index, digest);
    expected.add(name);
    if (partials === null) continue;
    if (statistics !== null) await check.recorded({ ...statistics, name });
    else await check.self(name, whole);
  }
  for (const name of listed ?? []) {
    if (expected.has(name)) continue;
    const index = Number(/^jacobians\/part-(\d+)\.arrow$/.exec(name)?.[1] ?? -1);
    const planned = index >= 0 && index < manifest.chunks && partName(index) === name;
    if (settled || !planned) check.unexpected(name);
    else if (partials !== null) await committedSince(index, name);
  }
  for (const name of partials ?? []) {
    if (expected.has(name)) continue;
    const index = Number(/^partials\/part-(\d+)-[0-9a-f]{64}\.bin$/.exec(name)?.[1] ?? -1);
    // An attempt that died, or came second, may have left its statistics: they count for nothing, and harm nothing.
    const left = index >= 0 && index < manifest.chunks && (await check.passes(name, whole));
    if (!left) check.unexpected(name);
  }

  /** A part that no table tells of yet: its statistics' name does. */
  async function committedSince(index: number, name: string): Promise<void> {
    const bytes = await check.read(name);
    if (bytes === null) return;
    const partial = partialName(index, sha256(bytes));
    const any = partials?.some((other) => other.startsWith(partialName(index, "").replace(/\.bin$/, "")));
    if (!any) return; // no commit: it will be computed again
    check.checked++;
    if (!partials?.includes(partial))
      return check.add(name, "changed", "has other bytes than its statistics were made of");
    expected.add(partial);
    parts.push(index);
    await check.self(partial, whole);
  }

  const notes: string[] = [];
  for (const file of manifest.results) await check.recorded(file);
  if (manifest.results.length === 0) {
    if (settled) for (const name of RESULTS) if (!(await folder.exists(name))) check.missing(name);
    notes.push(
      `the record holds no digests of summary and report (the run is ${manifest.status}): ${settled ? "jac report writes them anew, with their digests" : "they are not checked"}`,
    );
  }
  parts.sort((a, b) => a - b);
  return { checked: check.checked, bad: [...check.bad.values()], notes, parts };
}

/** Looks at files one by one and keeps what is bad. */
class Check {
  checked = 0;
  readonly bad = new Map<string, BadFile>();

  constructor(readonly folder: RunFolder) {}

  add(name: string, fault: BadFile["fault"], detail: string): void {
    this.bad.set(name, { name, fault, detail });
  }

  missing(name: string): void {
    this.add(name, "missing", "is missing");
  }

  unexpected(name: string): void {
    this.checked++;
    this.add(name, "unexpected", "is not one of the run's files");
  }

  /** The names in a folder, or null where it cannot be read. */
  async listing(prefix: string): Promise<string[] | null> {
    try {
      return (await this.folder.list(prefix)).map(({ name }) => name);
    } catch (error) {
      this.add(prefix, "unreadable", `cannot be read: ${messageOf(error)}`);
      return null;
    }
  }

  async read(name: string): Promise<Uint8Array | null> {
    return await this.folder.read(name).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") this.missing(name);
      else this.add(name, "unreadable", `cannot be read: ${messageOf(error)}`);
      return null;
    });
  }

  /** Whether the file has the bytes on record. */
  async recorded({ name, sha256: digest, bytes }: FileRecord): Promise<boolean> {
    this.checked++;
    const content = await this.read(name);
    if (content === null) return false;
    const found = recordOf(name, content);
    if (found.bytes !== bytes) this.add(name, "changed", `has ${found.bytes} bytes, not ${bytes}`);
    else if (found.sha256 !== digest) this.add(name, "changed", "has other bytes than were written");
    else return true;
    return false;
  }

  /** Checks a file that carries its own digest; `decode` throws where it does not fit. */
  async self(name: string, decode: (bytes: Uint8Array) => void): Promise<void> {
    this.checked++;
    const content = await this.read(name);
    if (content === null) return;
    try {
      decode(content);
    } catch {
      this.add(name, "changed", "has other bytes than were written");
    }
  }

  async passes(name: string, decode: (bytes: Uint8Array) => void): Promise<boolean> {
    try {
      decode(await this.folder.read(name));
      return true;
    } catch {
      return false;
    }
  }
}
