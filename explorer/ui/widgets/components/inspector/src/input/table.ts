// The test samples with the network's answers, filtered and sorted.

import type { Item } from "../../../common/results";
import type { Tensor } from "../../../common/tensors";

export type Verdict = "all" | "right" | "wrong";
export type Order = "place" | "loss" | "confidence" | "sure";

export interface Wanted { target: number | null; predicted: number | null; verdict: Verdict; low: number; high: number; order: Order }

export const EVERYTHING: Wanted = { target: null, predicted: null, verdict: "all", low: 0, high: 1, order: "place" };

export interface Row { target: string; predicted: string; confidence: number | null; right: boolean | null; loss: number; piece: string }

export class SampleTable {
  readonly count: number;
  readonly of: number;
  readonly kind: "class" | "number" | "character";
  readonly names: string[];
  readonly isJudged: boolean;

  constructor(private item: Item) {
    this.count = item.loss.data.length;
    this.of = item.of;
    this.kind = item.kind;
    this.names = item.names;
    this.isJudged = item.right.data.length === this.count;
  }

  // Those that come after these, as the server gave them in another answer.
  and(next: Item): SampleTable {
    const columns = ["targets", "predicted", "confidence", "right", "loss"] as const;
    const joined = columns.map((name) => [name, join(this.item[name], next[name])]);
    return new SampleTable({ ...this.item, ...Object.fromEntries(joined), pieces: [...this.item.pieces, ...next.pieces] });
  }

  row(place: number, number: (value: number) => string): Row | null {
    if (place >= this.count) return null;
    const { targets, predicted, confidence, right, loss, pieces } = this.item;
    const name = (index: number) => (this.kind === "number" ? number(index) : this.names[index] ?? String(index));
    return {
      target: name(targets.data[place]), predicted: name(predicted.data[place]), loss: loss.data[place],
      confidence: this.isJudged ? confidence.data[place] : null, right: this.isJudged ? right.data[place] === 1 : null,
      piece: pieces[place] ?? "",
    };
  }

  // A class by its index, or a sample's own: the predicted or the true one.
  classOf(place: number, named: string): number {
    const own = named === "predicted" ? this.item.predicted : named === "true" ? this.item.targets : null;
    return own ? own.data[place] : Number(named);
  }

  // The places that are wanted, in order; of equal ones the first in the test set comes first.
  places(wanted: Wanted): number[] {
    const found = [];
    for (let place = 0; place < this.count; place++) if (this.fits(place, wanted)) found.push(place);
    if (wanted.order === "loss") found.sort((a, b) => this.compare("loss", b, a) || a - b);
    if (wanted.order === "confidence" && this.isJudged) found.sort((a, b) => this.compare("confidence", a, b) || a - b);
    if (wanted.order === "sure" && this.isJudged) found.sort((a, b) => this.compare("confidence", b, a) || a - b);
    return found;
  }

  private fits(place: number, { target, predicted, verdict, low, high }: Wanted): boolean {
    const { targets, right, confidence } = this.item;
    if (target !== null && targets.data[place] !== target) return false;
    if (predicted !== null && this.item.predicted.data[place] !== predicted) return false;
    if (!this.isJudged) return true;
    if (verdict !== "all" && (right.data[place] === 1) !== (verdict === "right")) return false;
    const sure = confidence.data[place];
    return (low <= 0 && high >= 1) || (sure >= low && sure <= high);
  }

  // A loss that is no number counts as the largest.
  private compare(column: "loss" | "confidence", a: number, b: number): number {
    const at = (place: number) => { const value = this.item[column].data[place]; return Number.isNaN(value) ? Infinity : value; };
    const one = at(a), other = at(b);
    return one === other ? 0 : one - other;
  }
}

function join(first: Tensor, second: Tensor): Tensor {
  const size = first.data.length + second.data.length, data = first.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, shape: [size] };
}
