// What a part needs of a store: what is looked at, and questions about it. A part that follows asks anew at every change, one
// question on the way at a time, the newest wins.

import type { Look, Place } from "./contract";
import { type Answer, type Asking, put } from "./question";
import { Follower, type Side } from "./twins";

export type Key = keyof Look;
export type Listener = (look: Look, changed: Key[]) => void;
export type Options = Omit<Asking, "options"> & { look?: Look };

const AGAIN_MS = 4000;

export abstract class Asker {
  abstract readonly side: Side;  // of the swipe
  abstract readonly look: Look;
  abstract readonly language: string;
  abstract set(patch: Partial<Look>, settles?: boolean): void;
  abstract watch(listener: Listener): () => void;
  abstract open(place: Place, view?: string): void;

  // `look`: what the question is about, where that is not what is looked at.
  async ask(probe: string, options: object = {}, { look = this.look, ...more }: Options = {}): Promise<Answer> {
    const answer = await put(look, this.language, probe, { ...more, options });
    this.answered(look, answer);
    return answer;
  }

  // `options` null: there is nothing to ask now. A question whose answer came last is not asked again. A question that got no
  // answer is asked again after some seconds. `on` gets the answer and the look that was asked about, and once more where the other
  // side of the swipe got another answer to the same question, with which it shares its scales.
  // `about`: what is asked about, where that is not just what is looked at.
  follow(probe: string, options: () => object | null, on: (answer: Answer, look: Look) => void, failed: () => void = () => {}, about: (look: Look) => Look = (look) => look): () => void {
    let asking = false, stale = false, over = false, again = 0, known: Question | null = null, last = () => {};
    const follower = new Follower(this.side, () => last());
    const ask = async () => {
      const wanted = options(), look = about(this.look);
      if (!wanted) follower.leave();
      if (over || !look.run || !wanted) return;
      if (asking) { stale = true; return; }
      const question = { look, options: JSON.stringify(wanted) };
      if (known && isSame(known, question)) return;
      clearTimeout(again);
      asking = true;
      stale = false;
      try {
        const answer = await this.ask(probe, wanted, { look });
        known = answer.kind === "results" ? question : null;
        if (!over) {
          last = () => on(answer, look);
          follower.take(`${probe} ${"node" in wanted ? wanted.node : ""}`, answer.results);
          last();
        }
      } catch {
        if (!over) {
          failed();
          again = window.setTimeout(() => void ask(), AGAIN_MS);
        }
      }
      asking = false;
      if (stale) void ask();
    };
    const unwatch = this.watch(() => void ask());
    void ask();
    return () => { over = true; clearTimeout(again); unwatch(); follower.end(); };
  }

  protected answered(_asked: Look, _answer: Answer): void {}
}

export type Store = Asker;

interface Question { look: Look; options: string }

// Whether the answer to the one is that to the other: what is not asked about, such as a unit alone, changes nothing.
function isSame(a: Question, b: Question): boolean {
  const keys = ["run", "step", "steps", "input", "changes", "against", "shown", "inside", "edits", "interventions", "source"] as const;
  return a.options === b.options && keys.every((key) => a.look[key] === b.look[key]);
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a !== "object" || typeof b !== "object" ? false : written(a) === written(b));
}

// Pixels are compared by who they are: an array is never changed in place, but replaced.
export function written(value: unknown): string {
  return JSON.stringify(value, (key, part) => (key === "pixels" && part ? idOf(part) : part));
}

const ids = new WeakMap<object, number>();
let next = 1;

function idOf(value: object): number {
  if (!ids.has(value)) ids.set(value, next++);
  return ids.get(value)!;
}
