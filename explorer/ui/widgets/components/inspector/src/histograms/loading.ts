// The histograms of the run that is looked at, and of those that are drawn over it: a few steps first, then all.

import type { Look } from "../contract";
import { same } from "../asker";
import type { Store } from "../store";
import type { Series } from "./contract";

const FEW = 8, MOST = 60, AGAIN_MS = 4000;

export class Loader {
  series: Series | null = null;
  readonly others = new Map<string, Series | string>();  // by run; a sentence where there is none
  private known: object = {};
  private turn = 0;
  private again = 0;

  // `changed`: something new is there; `refused`: why there is nothing.
  constructor(private readonly store: Store, private readonly probe: string, private readonly changed: () => void, private readonly refused: (sentence: string | null) => void) {}

  // The step that is looked at does not matter: all are read.
  load(asked: { what: string; over: string }, runs: string[]): void {
    const { look } = this.store, ofInput = asked.what !== "weights" && asked.over === "input";
    const question = { run: look.run, node: look.node, isEdited: look.edits.length > 0, interventions: look.interventions, steps: look.steps, asked, runs: [...runs], ...(ofInput ? { input: look.input, changes: look.changes, against: look.against, shown: look.shown } : {}) };
    if (!look.run || !look.node || same(question, this.known)) return;
    const hasGrown = same({ ...question, steps: 0, runs: 0 }, { ...this.known, steps: 0, runs: 0 }) && this.series !== null;
    this.known = question;
    this.start(look, { ...asked, node: look.node }, runs, hasGrown ? [MOST] : [FEW, MOST]);
  }

  private start(look: Look, options: object, runs: string[], rounds: number[]): void {
    const turn = ++this.turn;
    clearTimeout(this.again);
    void this.ask(look, options, runs, rounds, turn).catch(() => {
      if (turn !== this.turn) return;
      this.refused(null);
      this.again = window.setTimeout(() => this.start(look, options, runs, rounds), AGAIN_MS);
    });
  }

  private async ask(look: Look, options: object, runs: string[], rounds: number[], turn: number): Promise<void> {
    for (const most of rounds) {
      const found = await this.one({ ...look, shown: look.shown === "difference" ? "first" : look.shown }, { ...options, most });
      if (turn !== this.turn) return;
      if (typeof found === "string") {
        this.series = null;
        return this.refused(found);
      }
      this.series = found;
      this.changed();
    }
    this.others.clear();
    for (const run of runs) {
      const found = await this.one({ ...look, run, edits: [], shown: "first" }, { ...options, most: MOST });
      if (turn !== this.turn) return;
      this.others.set(run, found);
      this.changed();
    }
  }

  private async one(look: Look, options: object): Promise<Series | string> {
    const { results, sentence } = await this.store.ask(this.probe, options, { look });
    return (results.find(({ type }) => type === "HistogramSeries") as Series | undefined) ?? sentence;
  }

  end(): void {
    this.turn++;
    clearTimeout(this.again);
  }
}
