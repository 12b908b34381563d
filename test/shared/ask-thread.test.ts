import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { askThread } from "../../src/shared/ask-thread.js";
import { scratchFolder } from "../helpers/folders.js";

const write = scratchFolder();

/** Asks a thread of this source. */
function ask(
  name: string,
  source: string,
  patience = 60_000,
  question: unknown = { n: 20 },
): Promise<unknown> {
  const path = write(
    `${name}.mjs`,
    `import { once } from "node:events";
     import { parentPort } from "node:worker_threads";
     const [question] = await once(parentPort, "message");
     ${source}`,
  );
  return askThread(pathToFileURL(path), question, { patience, heap: 64 });
}

describe("askThread", () => {
  it("gives the thread's one answer", async () => {
    expect(await ask("answer", "parentPort.postMessage(question.n + 1);")).toBe(21);
  });

  it("takes a question that is not yet known, or fails with it", async () => {
    const answer = "parentPort.postMessage(question.n);";
    const later = new Promise((resolve) => setTimeout(resolve, 50, { n: 7 }));
    expect(await ask("later", answer, 60_000, later)).toBe(7);
    await expect(ask("never", answer, 60_000, Promise.reject(new Error("no question")))).rejects.toThrow(
      "no question",
    );
  });

  it("ends a thread that does not end by itself", async () => {
    await expect(ask("loop", "for (;;);", 300)).rejects.toThrow("reading it does not end");
  });

  it("ends with the thread where that runs out of memory, fails or says nothing", async () => {
    await expect(
      ask("memory", "const all = []; for (;;) all.push(new Array(1000).fill(0.5));"),
    ).rejects.toThrow(/memory/i);
    await expect(ask("failure", 'throw new Error("no such thing");')).rejects.toThrow("no such thing");
    await expect(ask("silence", "")).rejects.toThrow("reading it ended its thread");
  });
});
