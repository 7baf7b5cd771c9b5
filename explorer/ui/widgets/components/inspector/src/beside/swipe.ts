// The swipe that all views of the page share: where its handle is, and in what its two sides differ. Moving the handle changes
// a CSS property of each view, so that nothing is painted anew.

import type { Beside, Colors, Look, Words } from "../contract";
import { same } from "../asker";
import { store } from "../store";

export type Kind = "step" | "run" | "input" | "edits";

const PROPERTY = "--inspector-swipe";

// What of the other side follows the page's own, by the kind of comparison.
const SHARED: Record<Kind, (keyof Beside)[]> = {
  step: ["run", "input", "changes", "edits"], run: ["step", "input", "changes"], input: ["run", "step", "edits"], edits: ["run", "step", "input", "changes"],
};

class Swipe {
  kind: Kind | null = null;
  share = 0.5;
  titles: Record<string, string> = {};  // of runs, by their id
  words: Words = {};
  colors: Colors | null = null;
  private readonly views = new Map<HTMLElement, () => void>();

  constructor() {
    store.watch((look) => this.keep(look));
  }

  // `changed` is called where the handle moved; it returns what ends that.
  add(view: HTMLElement, changed: () => void = () => {}): () => void {
    this.views.set(view, changed);
    view.style.setProperty(PROPERTY, `${100 * this.share}%`);
    return () => this.views.delete(view);
  }

  moveTo(share: number): void {
    this.share = Math.min(1, Math.max(0, share));
    for (const [view, changed] of this.views) {
      view.style.setProperty(PROPERTY, `${100 * this.share}%`);
      changed();
    }
  }

  // The other side, with its own of what differs.
  compare(kind: Kind, own: Partial<Beside>): void {
    const { run, step, input, changes, edits } = store.look;
    this.kind = kind;
    store.set({ beside: { run, step, input, changes, edits, ...own } });
  }

  off(): void {
    store.set({ beside: null });
  }

  // Earlier weights are at the left of later ones, and what a person looks at is at the left of anything else.
  get isLeft(): boolean {
    return this.kind === "step";
  }

  private keep(look: Look): void {
    const { beside } = look;
    if (!beside) this.kind = null;
    else {
      const kind = this.kind ??= kindOf(look, beside);
      const shared = Object.fromEntries(SHARED[kind].map((key) => [key, look[key]]));
      if (Object.entries(shared).some(([key, value]) => !same(beside[key as keyof Beside], value))) store.set({ beside: { ...beside, ...shared } });
    }
  }
}

function kindOf(look: Look, beside: Beside): Kind {
  if (beside.run !== look.run) return "run";
  if (!same(beside.input, look.input) || !same(beside.changes, look.changes)) return "input";
  return same(beside.edits, look.edits) ? "step" : "edits";
}

export const swipe = new Swipe();
