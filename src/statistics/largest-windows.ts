import type { ByteReader, ByteWriter } from "./byte-stream.js";
import { LARGEST } from "./plan-statistics.js";

/** A window and the norm of one output's gradient there. */
export interface LargeWindow {
  readonly window: bigint;
  readonly row: bigint; // its first row
  readonly time: bigint; // of its last row; 0 in a series without times
  readonly norm: number; // ‖∇y‖₂ over the T·F inputs
  readonly prediction: number;
}

/** The windows of the largest gradients, largest first, the earlier first among equals. */
export class LargestWindows {
  readonly list: LargeWindow[] = [];

  /** The norm a window must exceed to be listed. */
  get threshold(): number {
    return this.list.length < LARGEST ? -1 : this.list[LARGEST - 1]!.norm;
  }

  /** Adds a window later than all before. */
  add(window: LargeWindow): void {
    if (!(window.norm > this.threshold)) return;
    let place = this.list.length;
    while (place > 0 && this.list[place - 1]!.norm < window.norm) place -= 1;
    this.list.splice(place, 0, window);
    if (this.list.length > LARGEST) this.list.pop();
  }

  merge(later: LargestWindows): void {
    for (const window of later.list) this.add(window);
  }

  write(to: ByteWriter): void {
    to.varint(this.list.length);
    for (const { window, row, time, norm, prediction } of this.list) {
      to.array(BigInt64Array.of(window, row, time));
      to.array(Float64Array.of(norm, prediction));
    }
  }

  read(from: ByteReader): void {
    const count = from.varint();
    if (count > LARGEST) throw new RangeError("more windows are listed than are kept");
    const where = new BigInt64Array(3);
    const what = new Float64Array(2);
    for (let i = 0; i < count; i++) {
      from.array(where);
      from.array(what);
      const [window = 0n, row = 0n, time = 0n] = where;
      this.list.push({ window, row, time, norm: what[0]!, prediction: what[1]! });
    }
  }
}
