// What is looked at, for every part of the page: changed by any of them, followed by all. Python learns of a change once it
// has settled. The other side of the swipe is a store of its own, which differs in what `look.beside` names.

import type { Beside, InputSpec, Look, PartData, Place, Trigger } from "./contract";
import { Asker, type Key, type Listener, same } from "./asker";
import { keepChanges, keptChanges } from "./kept_changes";
import type { Answer } from "./question";

export type { Store } from "./asker";

const SETTLED_MS = 300;
const NOTHING: Look = {
  run: "", step: 0, steps: [], input: { sample: 0, pixels: null, hash: null, tokens: null, edited: null, name: "" }, changes: {}, against: null,
  shown: "first", inside: "", node: "", unit: null, parameter: "", of: "", methods: "", edits: [], interventions: [], beside: null,
};

class PageStore extends Asker {
  readonly side = "page";
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
      const isLoaded = !this.look.run && !first.edits.length && !first.interventions.length;  // the page, anew: Python knows of no change by hand
      this.revision = revision;
      this.set(first, false);
      if (isLoaded) this.restore(keptChanges(first.run));
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

  // view: of several that the place shows one at a time.
  open(place: Place, view = ""): void {
    clearTimeout(this.settling);
    this.settle();
    this.messenger?.("open", view ? `${place}/${view}` : place);
  }

  // The part through which Python learns what is looked at; a newer one may have taken over before this one ends.
  speakThrough(trigger: Trigger): () => void {
    this.messenger = trigger;
    return () => {
      if (this.messenger === trigger) this.messenger = null;
    };
  }

  settle(): void {
    const { run, step, input, changes, against, shown, inside, node, unit, parameter, of, methods, edits, interventions, beside } = this.look;
    const plain = ({ sample, hash, tokens, edited, name }: InputSpec) => ({ sample, hash, tokens, edited, name });
    this.messenger?.("settled", {
      run, step, input: plain(input), changes, against: against && { input: plain(against.input), changes: against.changes },
      shown, inside, node, unit, parameter, of, methods, edits, interventions, beside: beside && { ...beside, input: plain(beside.input) },
    });
  }

  // The other side of the same run had these changes, too: an address names no other.
  private restore({ edits, interventions }: Pick<Look, "edits" | "interventions">): void {
    const { run, beside } = this.look;
    this.set({ edits, interventions, beside: beside?.run === run ? { ...beside, edits } : beside });
  }

  private tell(): void {
    const changed = [...this.changed];
    this.changed.clear();
    if (["edits", "interventions", "run"].some((key) => changed.includes(key as Key))) keepChanges(this.look);
    for (const listener of [...this.listeners]) listener(this.look, changed);
  }

  protected answered(asked: Look, { kind, results, hash }: Answer): void {
    if (hash) this.remember(asked, hash);
    if (kind === "problem" && results.length === 0 && asked.input.pixels && asked.input.hash) this.forgetHash(asked.input);
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

// The other side: the node, the unit and all else are the page's own, what `look.beside` names is its own.
class BesideStore extends Asker {
  readonly side = "beside";
  look: Look = NOTHING;

  private readonly listeners = new Set<Listener>();

  constructor(private readonly page: PageStore) {
    super();
    page.watch(() => this.adopt());
  }

  get language(): string {
    return this.page.language;
  }

  set(patch: Partial<Look>, settles = true): void {
    const { beside } = this.page.look, own: Partial<Beside> = {}, shared: Partial<Look> = {};
    for (const [key, value] of Object.entries(patch)) Object.assign(beside && key in beside ? own : shared, { [key]: value });
    this.page.set({ ...shared, ...(beside && Object.keys(own).length ? { beside: { ...beside, ...own } } : {}) }, settles);
  }

  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private adopt(): void {
    const { look } = this.page, before = this.look, isSameRun = !look.beside || look.beside.run === look.run;
    const interventions = isSameRun ? look.interventions : NOTHING.interventions;  // another network may not have these nodes
    const now = { ...look, ...look.beside, interventions, beside: null };
    const changed = (Object.keys(now) as Key[]).filter((key) => !same(before[key], now[key]));
    if (!changed.length) return;
    this.look = now;
    for (const listener of [...this.listeners]) listener(now, changed);
  }

  open(place: Place, view = ""): void {
    this.page.open(place, view);
  }
}

export const store = new PageStore();
export const besideStore = new BesideStore(store);
