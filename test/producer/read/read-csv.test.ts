import { describe, expect, it } from "vitest";
import type { Dataset } from "../../../src/producer/read/dataset.js";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { scratchFolder } from "../../helpers/folders.js";

const write = scratchFolder();
let serial = 0;
const read = (content: string | Uint8Array, name = `series-${serial++}.csv`): Promise<Dataset> =>
  readDataset(write(name, content));

/** Columns by name: numbers and times as plain numbers, texts as they are. */
function table(dataset: Dataset): Record<string, unknown> {
  return Object.fromEntries(
    dataset.columns.map(({ name, data }) => [
      name,
      data.kind === "empty"
        ? null
        : data.kind === "text"
          ? data.text
          : data.kind === "time"
            ? Array.from(data.time, Number)
            : Array.from(data.numbers),
    ]),
  );
}

const AB = { a: [1, 3], b: [2.5, 4] };

describe("the .csv reader", () => {
  it.each([
    ["commas", "a,b\n1,2.5\n3,4\n"],
    ["a byte order mark and lines that end in CR LF", "\uFEFFa,b\r\n1,2.5\r\n3,4\r\n"],
    ["semicolons", "a;b\n1;2.5\n3;4\n"],
    ["semicolons and decimal commas", "a;b\n1;2,5\n3;4,0\n"],
    ["tabs and decimal commas", "a\tb\n1\t2,5\n3\t4\n"],
    ["bars", "a|b\n1|2.5\n3|4\n"],
    ["quoted cells", '"a","b"\n"1","2.5"\n"3",4\n'],
    ["blank lines and spaces", "\n a , b \n\n 1 , 2.5 \n3,4\n\n"],
    ["a title above the table", "Measured in 2013\n\na,b\n1,2.5\n3,4\n"],
    ["exponents and signs", "a,b\n1e0,+25E-1\n3,.4e1\n"],
  ])("reads %s", async (_, content) => {
    expect(table(await read(content))).toEqual(AB);
  });

  it("reads UTF-16 and Windows-1252", async () => {
    expect(table(await read(Buffer.from("\uFEFFä,b\n1,2\n", "utf16le")))).toEqual({ ä: [1], b: [2] });
    expect(table(await read(Buffer.from("ä,b\n1,2\n", "latin1")))).toEqual({ ä: [1], b: [2] });
  });

  it("names columns by letters where there is no row of names", async () => {
    const dataset = await read("1,2,x\n3,4,y\n");
    expect(dataset.hasHeader).toBe(false);
    expect(table(dataset)).toEqual({ A: [1, 3], B: [2, 4], C: ["x", "y"] });
    expect(table(await read("2013-01-01,2\n2013-01-02,4\n"))).toMatchObject({ B: [2, 4] });
  });

  it("takes a row for names where one stands above numbers, and numbers repeated ones", async () => {
    expect(table(await read("time,2019,2020\n2013-01-01,1,2\n2013-01-02,3,4\n"))).toMatchObject({
      2019: [1, 3],
    });
    expect(table(await read("x,x,,x\n1,2,3,4\n"))).toEqual({ x: [1], "x.1": [2], C: [3], "x.2": [4] });
  });

  it("reads as empty what pandas does", async () => {
    const dataset = await read("a,b\n1,NA\nNaN,2\nnull,\n,N/A\n2,3\n");
    expect(table(dataset)).toEqual({
      a: [1, Number.NaN, Number.NaN, Number.NaN, 2],
      b: [Number.NaN, 2, Number.NaN, Number.NaN, 3],
    });
  });

  it("reads dates of one order, in the unit that holds them", async () => {
    const days = await read("when,x\n01/02/2013,1\n13/02/2013,2\nNA,3\n");
    expect(days.columns[0]?.data).toMatchObject({ kind: "time", unit: "ms" });
    expect(Object.values(table(days))[0]).toEqual([
      Date.UTC(2013, 1, 1),
      Date.UTC(2013, 1, 13),
      Number(-(2n ** 63n)),
    ]);
    const micros = await read("when,x\n2013-01-01 00:00:00.000001,1\n2013-01-01,2\n");
    expect(micros.columns[0]?.data).toMatchObject({ kind: "time", unit: "us" });
    expect(Object.values(table(micros))[0]).toEqual([1356998400000001, 1356998400000000]);
    const nanos = await read("when,x\n2013-01-01 00:00:00.000000001,1\n1969-12-31 23:59:59.999999999,2\n");
    const data = nanos.columns[0]?.data;
    expect(data).toMatchObject({ kind: "time", unit: "ns" });
    expect(data?.kind === "time" && Array.from(data.time)).toEqual([1356998400000000001n, -1n]);
  });

  it("names the line of a bad cell, whatever lines are quoted or blank", async () => {
    const dataset = await read('note,x\n"two\nlines",1\n\n"b",oops\n"c",3\n"d",4\n');
    expect(() => selectSeries(dataset)).toThrow(/series-\d+\.csv, line 5, column x: "oops" is not a number/);
  });

  it("reads UTF-16 of either byte order", async () => {
    const little = Buffer.from("\ufeffä;b\r\n1,5;2\r\n", "utf16le");
    for (const bytes of [little, Buffer.from(little).swap16()])
      expect((await read(bytes)).columns.map(({ name, data }) => [name, data])).toEqual([
        ["ä", { kind: "number", numbers: Float64Array.of(1.5) }],
        ["b", { kind: "number", numbers: Float64Array.of(2) }],
      ]);
  });

  it("names the line whatever ends the lines, within quoted cells too", async () => {
    const rows = ["note,x", '"a\r\nb\r\nc",1', "", '"d\ne",2', "f,oops", "g,3", "h,4", "i,5"];
    for (const end of ["\n", "\r\n"]) {
      const dataset = await read(rows.join(end));
      expect(() => selectSeries(dataset)).toThrow(/line 8, column x: "oops"/);
    }
  });

  it("reads every number as Number() does, and nothing else as one", async () => {
    const numbers = ["0", "-0", "+1", ".5", "5.", "1e5", "1E+05", "1e-5", "9007199254740993", "1e22", "1e23"];
    numbers.push(
      "123456789012345678901234567890",
      "4.9e-324",
      "0e999999999",
      "0.1",
      "-1.7976931348623157e308",
    );
    const { columns } = await read(`x\n${numbers.join("\n")}\n`);
    expect(columns[0]?.data).toEqual({ kind: "number", numbers: Float64Array.from(numbers, Number) });
    for (const text of ["-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1 2", "Infinity", "--1", "1e5.5"])
      expect(table(await read(`x,y\n${text},1\n`))).toMatchObject({ x: [text] });
    const large = await read("x\n1\n1e999\n2\n");
    expect(() => selectSeries(large)).toThrow("line 3, column x: the number is too large for float64");
  });

  it("keeps quotes within a cell that does not begin with one, and refuses more after a closing one", async () => {
    expect(table(await read('5" pipe,b\nx,1\n'))).toEqual({ '5" pipe': ["x"], b: [1] });
    expect(table(await read('a,b\n"say ""yes""",1\n'))).toEqual({ a: ['say "yes"'], b: [1] });
    await expect(read('a\n"b"c\n')).rejects.toThrow(/cannot be read as delimited text: .* at line 2/);
    await expect(read('a\nb,"c\nd')).rejects.toThrow(/Quote Not Closed/);
  });

  it("refuses decimal points and decimal commas in one file", async () => {
    await expect(read("a;b\n1,5;2.5\n")).rejects.toThrow(
      /writes 1,5 with a decimal comma and 2\.5 with a decimal point/,
    );
  });

  it("refuses what is no text, has no rows, or leaves a quote open", async () => {
    await expect(read(Buffer.from([1, 0, 2, 0]))).rejects.toThrow(/is not a text file/);
    await expect(read("\n\n")).rejects.toThrow(/is empty/);
    await expect(read('a,b\n"1,2\n3,4\n')).rejects.toThrow(/cannot be read as delimited text: .*quote/i);
    await expect(readDataset(write("a.csv", "a\n1\n"), { sheet: "x" })).rejects.toThrow(/has no sheets/);
  });
});
