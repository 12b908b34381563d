import { expect, test } from "vitest";
import { Gate } from "../../src/queue/gate.js";

/** A gate, and who is inside it by now. */
function watched() {
  const gate = new Gate();
  const inside = new Set<string>();
  const leave = new Map<string, () => void>();
  const come = (name: string, alone: boolean): void => {
    void (alone ? gate.exclusive() : gate.shared()).then((release) => {
      inside.add(name);
      leave.set(name, () => {
        inside.delete(name);
        release();
      });
    });
  };
  const settled = async (): Promise<string[]> => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return [...inside];
  };
  return { come, leave: (name: string) => leave.get(name)?.(), settled };
}

test("many are inside together, and one who wants to be alone waits for all of them", async () => {
  const { come, leave, settled } = watched();
  come("a", false);
  come("b", false);
  come("alone", true);
  expect(await settled()).toEqual(["a", "b"]);
  leave("a");
  expect(await settled()).toEqual(["b"]);
  leave("b");
  expect(await settled()).toEqual(["alone"]);
});

test("who comes behind one who waits to be alone does not overtake it", async () => {
  const { come, leave, settled } = watched();
  come("a", false);
  come("alone", true);
  come("b", false);
  come("also alone", true);
  come("c", false);
  expect(await settled()).toEqual(["a"]);
  leave("a");
  expect(await settled()).toEqual(["alone"]);
  leave("alone");
  expect(await settled()).toEqual(["b"]);
  leave("b");
  expect(await settled()).toEqual(["also alone"]);
  leave("also alone");
  expect(await settled()).toEqual(["c"]);
});
