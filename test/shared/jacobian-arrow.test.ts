import { runInNewContext } from "node:vm";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { PermanentError } from "../../src/shared/errors.js";
import { decodePart, encodePart } from "../../src/shared/jacobian-arrow.js";
import type { Part } from "../../src/shared/part.js";
import { NO_TIME } from "../../src/shared/series.js";
import { ownInputs } from "../../src/shared/wrt.js";

const window = BigInt64Array.of(3n, 4n, 9n);

function part(precision: "float32" | "float64" = "float32"): Part {
  const floats = (values: number[]) => (precision === "float32" ? Float32Array : Float64Array).from(values);
  const numbers = (count: number, value: (i: number) => number) =>
    floats(Array.from({ length: count }, (_, i) => value(i)));
  const head = { wrt: ownInputs(2, 2), numbers: null, outputNames: null };
  return {
    columns: ["α", 'b"<script>'],
    steps: 2,
    method: "gradient",
    window,
    row: window, // the same array, as a worker may pass where the stride is 1
    time: { unit: "us", values: BigInt64Array.of(5n, NO_TIME, -7n) },
    group: ["é", "", "sensor 2"],
    targets: [
      {
        name: "y",
        m: 2,
        ...head,
        numbers: [0, 23],
        prediction: numbers(6, (i) => i),
        jacobian: numbers(24, (i) => i / 7),
        completeness: null,
      },
      {
        name: "z",
        m: 1,
        ...head,
        prediction: numbers(3, (i) => i),
        jacobian: numbers(12, (i) => -i),
        completeness: null,
      },
    ],
  };
}

/** What the function gives or throws; fails where that takes longer than a test should, were it an endless loop. */
function inTime(read: () => unknown): unknown {
  const attempt = (): unknown => {
    try {
      return read();
    } catch (error) {
      return error;
    }
  };
  return runInNewContext("attempt()", { attempt }, { timeout: 5000 });
}

describe("a part", () => {
  it.each(["float32", "float64"] as const)("is read back as it was written, in %s", (precision) => {
    expect(decodePart(encodePart(part(precision)))).toEqual(part(precision));
  });

  it("of integrated gradients says so, and has a column of the completeness errors of each target", () => {
    const { targets, ...rest } = part();
    const attributed: Part = {
      ...rest,
      method: "integrated-gradients",
      targets: targets.map((target) => ({ ...target, completeness: target.prediction.map((y) => y / 1e6) })),
    };
    const bytes = encodePart(attributed);
    expect(decodePart(bytes)).toEqual(attributed);
    const { names, metadata } = tableFromIPC(bytes).schema;
    expect(names.slice(6)).toEqual(["completeness_y", "prediction_z", "jacobian_z", "completeness_z"]);
    expect(metadata.get("jac.method")).toBe("integrated-gradients");
    expect(tableFromIPC(encodePart(part())).schema.metadata.has("jac.method")).toBe(false);
  });

  it("is the same bytes each time it is written", () => {
    expect(encodePart(part())).toEqual(encodePart(part()));
  });

  it("of one target names its columns plainly, and says its tensor's shape in Arrow's own way", () => {
    const [only] = part().targets;
    const table = tableFromIPC(encodePart({ ...part(), targets: [only!], group: null, time: null }));
    expect(table.schema.names).toEqual(["window", "row", "prediction", "jacobian"]);
    const { metadata, type } = table.schema.fields[3]!;
    expect(String(type)).toBe("FixedSizeList[8]<Float32>");
    expect(metadata.get("ARROW:extension:name")).toBe("arrow.fixed_shape_tensor");
    expect(JSON.parse(metadata.get("ARROW:extension:metadata")!)).toEqual({
      shape: [2, 2, 2],
      dim_names: ["output", "step", "feature"],
    });
  });

  it("of several targets names the columns after them, and of no windows has the same schema", () => {
    const whole = tableFromIPC(encodePart(part()));
    expect(whole.schema.names.slice(4)).toEqual(["prediction_y", "jacobian_y", "prediction_z", "jacobian_z"]);
    const none = new BigInt64Array(0);
    const empty = {
      ...part(),
      window: none,
      row: none,
      time: { unit: "us" as const, values: none },
      group: [],
      targets: part().targets.map((target) => ({
        ...target,
        prediction: new Float32Array(0),
        jacobian: new Float32Array(0),
      })),
    };
    expect(String(tableFromIPC(encodePart(empty)).schema)).toBe(String(whole.schema));
  });

  it("whose arrays do not fit its shape is not written", () => {
    const { targets } = part();
    expect(() => encodePart({ ...part(), targets: [{ ...targets[0]!, m: 3 }] })).toThrow(
      /prediction: 6 values for 3 windows of 3/,
    );
  });

  it("that is cut short, or whose first message is damaged, ends in an answer: it is not read on for ever", () => {
    const bytes = encodePart(part());
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodePart(bytes.subarray(0, length)), `${length} bytes`).toThrow(PermanentError);
    for (let at = 8; at < 52; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0xff;
      const answer = inTime(() => decodePart(damaged));
      if (answer instanceof Error) expect(answer, `byte ${at}`).toBeInstanceOf(PermanentError);
    }
  });

  it("that is damaged is refused as a failure that no retry mends", () => {
    const bytes = encodePart(part());
    expect(() => decodePart(bytes.subarray(0, bytes.length >> 1))).toThrow(PermanentError);
    expect(() => decodePart(Buffer.from("not a part"))).toThrow(PermanentError);
    expect(() => decodePart(new Uint8Array(0))).toThrow(PermanentError);
  });
});
