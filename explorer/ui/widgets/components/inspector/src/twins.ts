// Twins: what an answer of one side of the swipe is in the answer of the other, result by result and array by array. A scale that
// takes its twin's values in as well ends at the same number on both sides, so that a color means one number.

import type { Item } from "../../common/results";

export type Side = "page" | "beside";

const twins = new WeakMap<object, object>();
const followers = new Set<Follower>();

export const twinOf = <T extends object>(own: T): T | undefined => twins.get(own) as T | undefined;

// One that follows on a side, with its last answer; `again` is called where that has got another twin, or none.
export class Follower {
  private about = "";
  private results: readonly Item[] = [];

  constructor(private readonly side: Side, private readonly again: () => void) {
    followers.add(this);
  }

  // `about`: what was asked; both sides ask the same.
  take(about: string, results: readonly Item[]): void {
    if (about !== this.about) this.leave();
    [this.about, this.results] = [about, results];
    for (const other of this.others) {
      pair(results, other.results);
      other.again();
    }
  }

  leave(): void {
    const { others } = this;
    this.about = "";
    for (const other of others) {
      part(other.results);
      other.again();
    }
  }

  end(): void {
    followers.delete(this);
    this.leave();
  }

  private get others(): Follower[] {
    return this.about ? [...followers].filter(({ side, about }) => side !== this.side && about === this.about) : [];
  }
}

function pair(a: object, b: object): void {
  twins.set(a, b);
  twins.set(b, a);
  for (const [own, other] of partsOf(a).map((key) => [Reflect.get(a, key), Reflect.get(b, key)])) if (isObject(own) && isObject(other)) pair(own, other);
}

function part(own: object): void {
  twins.delete(own);
  for (const each of partsOf(own).map((key) => Reflect.get(own, key))) if (isObject(each)) part(each);
}

const partsOf = (whole: object): string[] => (ArrayBuffer.isView(whole) ? [] : Object.keys(whole));
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
