// What is looked at, for every part of the page: changed by any of them, followed by all. A part that follows asks anew at
// every change, one question on the way at a time, the newest wins. Python learns of a change once it has settled.

import type { InputSpec, Look, PartData, Place, Trigger } from "./contract";
import { type Answer, type Asking, put } from "./question";

export type Key = keyof Look;
export type Listener = (look: Look, changed: Key[]) => void;

const SETTLED_MS = 300, AGAIN_MS = 4000;
const NOTHING: Look = {
  run: "", step: 0, steps: [], input: { sample: 0, pixels: null, hash: null, tokens: null, edited: null, name: "" }, changes: {}, against: null,
  shown: "first", inside: "", node: "", unit: null,
};

class Store {
  look: Look = NOTHING;
  language = "en";
  private revision = "";
  private changed = new Set<Key>();
  private listeners = new Set<Listener>();
  private messenger: Trigger | null = null;
  private settling = 0;

  // Python's own view of the look: taken where it is a new one, else only the steps that were kept meanwhile.
  adopt({ first, revision, language }: PartData): void {
    this.language = language;
    if (!first) return;
    if (revision !== this.revision) {
      this.revision = revision;
      this.set(first, false);
    } else if (first.run === this.look.run && String(first.steps) !== String(this.look.steps)) {
      const { steps, step } = this.look, wasLast = step === steps[steps.length - 1];  // then the newest is looked at
      this.set({ steps: first.steps, step: wasLast ? first.steps[first.steps.length - 1]! : step }, wasLast);
    }
  }

  set(patch: Partial<Look>, settles = true): void {
    const keys = (Object.keys(patch) as Key[]).filter((key) => !same(this.look[key], patch[key]));
    if (!keys.length) return;
    this.look = { ...this.look, ...patch };
    if (!this.changed.size) requestAnimationFrame(() => this.tell());
    for (const key of keys) this.changed.add(key);
    if (settles) {
      clearTimeout(this.settling);
      this.settling = window.setTimeout(() => this.settle(), SETTLED_MS);
    }
  }

  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // `look`: what the question is about, where that is not what is looked at.
  async ask(probe: string, options: object = {}, { look = this.look, ...more }: Omit<Asking, "options"> & { look?: Look } = {}): Promise<Answer> {
    const answer = await put(look, this.language, probe, { ...more, options });
    if (answer.hash) this.remember(look, answer.hash);
    if (answer.kind === "problem" && answer.results.length === 0 && look.input.pixels && look.input.hash) this.forgetHash(look.input);
    return answer;
  }

  // `options` null: there is nothing to ask now. A question whose answer came last is not asked again. A question that got no answer is asked again after some seconds. `on` gets the answer and the look that was asked about.
  follow(probe: string, options: () => object | null, on: (answer: Answer, look: Look) => void, failed: () => void = () => {}): () => void {
    let asking = false, stale = false, over = false, again = 0, known: Question | null = null;
    const ask = async () => {
      const wanted = options(), { look } = this;
      if (over || !look.run || !wanted) return;
      if (asking) { stale = true; return; }
      const question = { look, options: JSON.stringify(wanted) };
      if (known && isSame(known, question)) return;
      clearTimeout(again);
      asking = true;
      stale = false;
      try {
        const answer = await this.ask(probe, wanted);
        known = answer.kind === "results" ? question : null;
        if (!over) on(answer, look);
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
    return () => { over = true; clearTimeout(again); unwatch(); };
  }

  open(place: Place): void {
    clearTimeout(this.settling);
    this.settle();
    this.messenger?.("open", place);
  }

  // The part through which Python learns what is looked at; a newer one may have taken over before this one ends.
  speakThrough(trigger: Trigger): () => void {
    this.messenger = trigger;
    return () => {
      if (this.messenger === trigger) this.messenger = null;
    };
  }

  settle(): void {
    const { run, step, input, changes, against, shown, inside, node, unit } = this.look;
    const plain = ({ sample, hash, tokens, edited, name }: InputSpec) => ({ sample, hash, tokens, edited, name });
    this.messenger?.("settled", {
      run, step, input: plain(input), changes, against: against && { input: plain(against.input), changes: against.changes },
      shown, inside, node, unit,
    });
  }

  private tell(): void {
    const changed = [...this.changed];
    this.changed.clear();
    for (const listener of [...this.listeners]) listener(this.look, changed);
  }

  // The server has the pixels now; they stay here for the brush, and for a server that has forgotten them.
  private remember(asked: Look, hash: string): void {
    if (asked.shown === "second" && asked.against) return;  // the hash is that one's
    if (asked.input.pixels && this.look.input.pixels === asked.input.pixels && this.look.input.hash !== hash) {
      this.look = { ...this.look, input: { ...this.look.input, hash } };
      clearTimeout(this.settling);
      this.settling = window.setTimeout(() => this.settle(), SETTLED_MS);
    }
  }

  private forgetHash(input: InputSpec): void {
    if (this.look.input === input) this.set({ input: { ...input, hash: null } });
  }
}

interface Question { look: Look; options: string }

// Whether the answer to the one is that to the other: what is not asked about, such as a unit alone, changes nothing.
function isSame(a: Question, b: Question): boolean {
  const keys = ["run", "step", "steps", "input", "changes", "against", "shown", "inside"] as const;
  return a.options === b.options && keys.every((key) => a.look[key] === b.look[key]);
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a !== "object" || typeof b !== "object" ? false : JSON.stringify(plainly(a)) === JSON.stringify(plainly(b)));
}

// Pixels are compared by who they are: an array is never changed in place, but replaced.
function plainly(value: any): any {
  return value && "pixels" in value && value.pixels ? { ...value, pixels: idOf(value.pixels) } : value;
}

const ids = new WeakMap<object, number>();
let next = 1;

function idOf(value: object): number {
  if (!ids.has(value)) ids.set(value, next++);
  return ids.get(value)!;
}

export const store = new Store();
export type { Store };
