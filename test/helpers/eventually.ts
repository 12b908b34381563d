import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer is one that counts, and resolves to it; the test's own limit ends the waiting. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  everyMs = 20,
): Promise<Exclude<T, false | null | undefined>> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    await sleep(everyMs);
  }
}
