import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { LocalFolder } from "../../src/shared/local-folder.js";
import { withFolder } from "../helpers/synthetic-run.js";

const PART = "jacobians/part-00000.arrow";

/** What the file system is made to answer to a hard link. */
let linkFails: string | null = null;
vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof import("node:fs/promises")>();
  return {
    ...actual,
    link: async (from: string, to: string) => {
      if (linkFails !== null) throw Object.assign(new Error("no links here"), { code: linkFails });
      await actual.link(from, to);
    },
  };
});
beforeEach(() => {
  linkFails = null;
});

/** The bytes of an attempt: long, and all the same, so that a mixture shows. */
const attempt = (value: number): Uint8Array => new Uint8Array(200_000).fill(value);

const left = (folder: LocalFolder): string[] => readdirSync(join(folder.location, "jacobians"));

describe("a commit", () => {
  test("of ten at once keeps one attempt, whole, tells the others, and leaves nothing else", async () => {
    await withFolder(async (folder) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => folder.commit(PART, attempt(i + 1))),
      );
      expect(answers.filter((answer) => answer === "committed")).toHaveLength(1);
      const winner = answers.indexOf("committed") + 1;
      expect(Buffer.compare(await folder.read(PART), attempt(winner))).toBe(0);
      expect(left(folder)).toEqual(["part-00000.arrow"]);
    });
  });

  test("never replaces what is there", async () => {
    await withFolder(async (folder) => {
      expect(await folder.commit(PART, attempt(1))).toBe("committed");
      expect(await folder.commit(PART, attempt(2))).toBe("present");
      expect((await folder.read(PART))[0]).toBe(1);
    });
  });

  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])(
    "is a rename on a file system whose links fail with %s",
    async (code) => {
      await withFolder(async (folder) => {
        linkFails = code;
        expect(await folder.commit(PART, attempt(1))).toBe("committed");
        expect(await folder.commit(PART, attempt(2))).toBe("present");
        expect(Buffer.compare(await folder.read(PART), attempt(1))).toBe(0);
        expect(left(folder)).toEqual(["part-00000.arrow"]);
      });
    },
  );

  test("that fails otherwise says so and leaves nothing", async () => {
    await withFolder(async (folder) => {
      linkFails = "EIO";
      await expect(folder.commit(PART, attempt(1))).rejects.toThrow("no links here");
      expect(left(folder)).toEqual([]);
    });
  });
});

test("what a crash left behind is seen by no reader, and swept away without the rest", async () => {
  await withFolder(async (folder) => {
    await folder.commit(PART, attempt(1));
    const halves = ["jacobians/part-00001.arrow.0123456789ab.tmp", "manifest.json.ba9876543210.tmp"];
    for (const name of halves) writeFileSync(join(folder.location, name), "half");
    writeFileSync(join(folder.location, "notes.tmp"), "the user's own");
    expect((await folder.list("jacobians/")).map(({ name }) => name)).toEqual([PART]);
    expect(await folder.exists("jacobians/part-00001.arrow")).toBe(false);
    await folder.sweep();
    for (const name of halves) expect(existsSync(join(folder.location, name))).toBe(false);
    expect(await folder.exists(PART)).toBe(true);
    expect(await folder.exists("notes.tmp")).toBe(true);
  });
});

test("a listing holds the files that begin with the prefix, by name with their sizes, and no folders", async () => {
  await withFolder(async (folder) => {
    for (const [name, size] of [
      ["part-00010", 3],
      ["part-00002", 2],
      ["other", 1],
    ] as const)
      await folder.write(`jacobians/${name}`, new Uint8Array(size));
    await mkdir(join(folder.location, "jacobians/part-folder"));
    expect(await folder.list("jacobians/part-")).toEqual([
      { name: "jacobians/part-00002", bytes: 2 },
      { name: "jacobians/part-00010", bytes: 3 },
    ]);
    expect(await folder.list("absent/")).toEqual([]);
  });
});

test("a listing that cannot be made is an error, not an empty one", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder.location, "partials"), "a file where a folder should be");
    await expect(folder.list("partials/")).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

test("a write replaces the file, and a name that leaves the folder is refused", async () => {
  await withFolder(async (folder) => {
    await folder.write("manifest.json", attempt(1));
    await folder.write("manifest.json", attempt(2));
    expect((await folder.read("manifest.json"))[0]).toBe(2);
    await expect(folder.write("../elsewhere", attempt(1))).rejects.toThrow(/leaves the run's folder/);
    await folder.remove("manifest.json");
    await folder.remove("manifest.json");
    await expect(folder.read("manifest.json")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
