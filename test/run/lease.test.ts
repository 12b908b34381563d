import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isOwned, Lease, requestCancel, withdrawCancel } from "../../src/run/lease.js";
import { withFolder } from "../helpers/synthetic-run.js";

const owner = (over: object): Buffer =>
  Buffer.from(JSON.stringify({ id: "someone", host: hostname(), pid: process.pid, beat: 1, ...over }));

test("a folder is owned while a lease on it lasts, and not before or after", async () => {
  await withFolder(async (folder) => {
    expect(await isOwned(folder)).toBe(false);
    const lease = await Lease.take(folder);
    expect(await isOwned(folder)).toBe(true);
    await lease.release();
    expect(await isOwned(folder)).toBe(false);
    expect(await folder.list("")).toEqual([]);
  });
});

test("an owner of this machine whose process is gone owns nothing, without a wait", async () => {
  await withFolder(async (folder) => {
    await folder.write("owner.json", owner({ pid: 2 ** 22 + 1 })); // past the largest process id
    const began = performance.now();
    expect(await isOwned(folder)).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

test("an owner elsewhere whose beat stands still owns nothing; one whose beat moves does", async () => {
  await withFolder(async (folder) => {
    await folder.write("owner.json", owner({ host: "elsewhere" }));
    expect(await isOwned(folder)).toBe(false);
    const owned = isOwned(folder);
    await sleep(300);
    await folder.write("owner.json", owner({ host: "elsewhere", beat: 2 }));
    expect(await owned).toBe(true);
  });
});

test("an owner's file that is no JSON is nobody's; one that cannot be read is an error", async () => {
  await withFolder(async (folder) => {
    await folder.write("owner.json", Buffer.from("{half"));
    expect(await isOwned(folder)).toBe(false);
    await folder.remove("owner.json");
    await folder.write("owner.json/file", Buffer.from(""));
    await expect(isOwned(folder)).rejects.toMatchObject({ code: "EISDIR" });
  });
});

test("a lease hears of a request to cancel; one from an earlier life of the run is forgotten", async () => {
  await withFolder(async (folder) => {
    await requestCancel(folder);
    const lease = await Lease.take(folder);
    await sleep(600);
    expect(lease.cancelled.aborted).toBe(false);
    await requestCancel(folder);
    await new Promise((resolve) => lease.cancelled.addEventListener("abort", resolve));
    await withdrawCancel(folder);
    await lease.release();
    expect(await folder.list("")).toEqual([]);
  });
});

test("a lease that another process took over is not taken from it on release", async () => {
  await withFolder(async (folder) => {
    const lease = await Lease.take(folder);
    await folder.write("owner.json", owner({}));
    await lease.release();
    expect(await folder.exists("owner.json")).toBe(true);
  });
});
