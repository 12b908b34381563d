import XLSX from "@e965/xlsx";
import { describe, expect, it } from "vitest";
import { dayOrderOf, parseTime, timeOfSerial } from "../../../src/producer/read/parse-time.js";

const iso = (text: string, order: "day first" | "month first" = "month first") => {
  const instant = parseTime(text, order);
  return instant === undefined ? undefined : new Date(instant.ms).toISOString();
};

describe("the reader of times", () => {
  it.each([
    ["2013-01-31", "2013-01-31T00:00:00.000Z"],
    ["2013-01-31 05:06", "2013-01-31T05:06:00.000Z"],
    ["2013-01-31T05:06:07Z", "2013-01-31T05:06:07.000Z"],
    ["2013-01-31T05:06:07.25+01:30", "2013-01-31T03:36:07.250Z"],
    ["2013-01-31T05:06:07-0800", "2013-01-31T13:06:07.000Z"],
    ["2013/1/5 5:06", "2013-01-05T05:06:00.000Z"],
    ["31.12.2013 23:59:59", "2013-12-31T23:59:59.000Z"],
    ["12/31/2013 11:30 PM", "2013-12-31T23:30:00.000Z"],
    ["12/31/2013 12:05:00 am", "2013-12-31T00:05:00.000Z"],
    ["12/31/68", "2068-12-31T00:00:00.000Z"],
    ["12/31/69", "1969-12-31T00:00:00.000Z"],
    ["31 Jan 2013", "2013-01-31T00:00:00.000Z"],
    ["Thu, 31-January-2013 10:00", "2013-01-31T10:00:00.000Z"],
    ["January 31, 2013 5:06 PM", "2013-01-31T17:06:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2013-01-31 24:00", "2013-02-01T00:00:00.000Z"],
  ])("reads %s", (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    "",
    "abc",
    "2013",
    "12.5",
    "2013-13-01",
    "2013-02-29",
    "31/31/2013",
    "2013-01-31 25:00",
    "13:00 PM",
    "2013-01-31 1:60",
    "1-2-3",
    "2013-01/31",
  ])("takes %j for no date", (text) => {
    expect(iso(text)).toBeUndefined();
  });

  it("keeps what stands below the millisecond", () => {
    expect(parseTime("2013-01-31 00:00:00.123456789", "month first")).toMatchObject({ ns: 456_789 });
    expect(parseTime("2013-01-31 00:00:00.5", "month first")).toMatchObject({ ns: 0 });
  });

  it("lets one date tell the order of day and month in all", () => {
    expect(dayOrderOf(["01/02/2013", "13/02/2013"])).toBe("day first");
    expect(dayOrderOf(["01/02/2013", "02/13/2013"])).toBe("month first");
    expect(dayOrderOf(["01/02/2013"])).toBe("month first");
    expect(iso("01/02/2013", "day first")).toBe("2013-02-01T00:00:00.000Z");
  });

  it("turns serial day numbers of both systems into the dates that SheetJS shows", () => {
    for (const date1904 of [false, true])
      for (const serial of [1, 59, 61, 366, 25569, 41275.04166666666, 45351.9375, 2958465]) {
        const { y, m, d, H, M, S } = XLSX.SSF.parse_date_code(serial, { date1904 });
        expect([serial, date1904, Math.round(timeOfSerial(serial, date1904) / 1000)]).toEqual([
          serial,
          date1904,
          Date.UTC(y, m - 1, d, H, M, S) / 1000,
        ]);
      }
  });
});
