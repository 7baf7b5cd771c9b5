// Everything that was received of a run: arrays that grow, and forget when the server says so.

import { VERSION, type Meta } from "./contract";
import type { Message, Values } from "../../common/tensors";

export interface Numbers {
  meta: Meta;
  step: Int32Array; raw: Float32Array[];
  meansStep: Float32Array; means: Float32Array[];
  epochStep: Int32Array; validation: Float32Array[]; test: Float32Array[];
  stripStep: Int32Array; strip: Float32Array;  // (column, layer), row after row
  rateStep: Int32Array; rate: Float32Array;
  revision: number;  // another one where anything that charts draw has changed
}

type Growing = Float32Array | Int32Array;

// A typed array with room to grow.
class Column<A extends Growing> {
  length = 0;
  constructor(private room: A) {}

  append(values: ArrayLike<number>): void {
    const length = this.length + values.length;
    if (length > this.room.length) {
      const larger = new (this.room.constructor as { new (size: number): A })(Math.max(1024, 2 * length));
      larger.set(this.values);
      this.room = larger;
    }
    this.room.set(values, this.length);
    this.length = length;
  }

  get values(): A {
    return this.room.subarray(0, this.length) as A;
  }
}

const floats = () => new Column(new Float32Array(0)), ints = () => new Column(new Int32Array(0));
const each = (count: number) => Array.from({ length: count }, floats);

class Arrays {
  step = ints(); meansStep = floats(); epochStep = ints(); stripStep = ints(); strip = floats();
  raw: Column<Float32Array>[]; means: Column<Float32Array>[]; validation: Column<Float32Array>[]; test: Column<Float32Array>[];

  constructor(readonly charts: number, readonly layers: number) {
    [this.raw, this.means, this.validation, this.test] = [each(charts), each(charts), each(charts), each(charts)];
  }
}

export class Received {
  private arrays = new Arrays(0, 0);
  private rateStep = new Int32Array(0);
  private rate = new Float32Array(0);
  private revision = 0;
  private drawn = "";
  cursor = "";

  forget(): void {
    this.cursor = "";
  }

  // Nothing is appended unless the whole message is as it should be.
  receive({ meta, tensors }: Message): Numbers {
    check(meta);
    const charts = meta.charts.length, layers = meta.layers.length;
    const old = this.arrays, arrays = meta.replace ? new Arrays(charts, layers) : old;
    if (arrays.charts !== charts || arrays.layers !== layers) throw new RangeError("other charts, but no new start");
    const take = (name: string): Values => tensors[name]?.data ?? new Float32Array(0);
    const parts: [Column<any>[], string, number][] = [
      [[arrays.step], "step", take("step").length], [arrays.raw, "raw", take("step").length],
      [[arrays.meansStep], "means_step", take("means_step").length], [arrays.means, "means", take("means_step").length],
      [[arrays.epochStep], "epoch_step", take("epoch_step").length],
      [arrays.validation, "validation", take("epoch_step").length], [arrays.test, "test", take("epoch_step").length],
      [[arrays.stripStep], "strip_step", take("strip_step").length],
      [[arrays.strip], "strip", take("strip_step").length * layers],
    ];
    for (const [columns, name, count] of parts) {
      if (take(name).length !== count * columns.length) throw new RangeError(`${name} of another size`);
    }
    for (const [columns, name, count] of parts) {
      columns.forEach((column, row) => column.append(take(name).subarray(row * count, (row + 1) * count)));
    }
    if (tensors.rate && tensors.rate_step) {
      this.rateStep = Int32Array.from(take("rate_step"));
      this.rate = Float32Array.from(take("rate"));
    }
    this.arrays = arrays;
    this.cursor = meta.cursor;
    const drawn = JSON.stringify([meta.charts, meta.total_steps, meta.batches_per_epoch, meta.rate_log, meta.end]);
    if (meta.replace || drawn !== this.drawn || parts.some(([, , count]) => count) || tensors.rate) this.revision += 1;
    this.drawn = drawn;
    return this.look(meta);
  }

  private look(meta: Meta): Numbers {
    const all = this.arrays, values = (columns: Column<Float32Array>[]) => columns.map((column) => column.values);
    return {
      meta, step: all.step.values, raw: values(all.raw), meansStep: all.meansStep.values, means: values(all.means),
      epochStep: all.epochStep.values, validation: values(all.validation), test: values(all.test),
      stripStep: all.stripStep.values, strip: all.strip.values, rateStep: this.rateStep, rate: this.rate,
      revision: this.revision,
    };
  }
}

function check(meta: Meta): void {
  if (meta.version !== VERSION || typeof meta.cursor !== "string" || !Array.isArray(meta.charts) || !Array.isArray(meta.layers)) {
    throw new TypeError("not a message about a run");
  }
}
