// All test samples with the network's answers, evaluated a moment's worth at a time; kept while the page is there, so that whoever
// comes back to the view finds them.

import { SampleTable } from "../input/table";
import type { Store } from "../store";

const ENOUGH_MS = 20_000;  // after which the rest waits for a button

let kept: { about: string; table: SampleTable } | null = null;

export class Judged {
  table: SampleTable | null = null;
  isAsking = false;
  private asked = 0;

  constructor(private readonly store: Store, private readonly changed: (sentence: string) => void, private readonly failed: () => void) {}

  // Those of the weights that are looked at now.
  begin(): void {
    this.halt();
    this.table = kept?.about === this.about ? kept.table : null;
    this.changed("");
    if (!this.table || this.table.count < this.table.of) void this.go(ENOUGH_MS);
  }

  async go(most = Infinity): Promise<void> {
    const own = ++this.asked, { about } = this, end = performance.now() + most;
    this.isAsking = true;
    try {
      while (performance.now() < end && (!this.table || this.table.count < this.table.of)) {
        const { results, sentence } = await this.store.ask("samples", { first: this.table?.count ?? 0 });
        if (own !== this.asked) return;
        if (!results[0]) {
          this.isAsking = false;
          return this.changed(sentence);
        }
        this.table = this.table ? this.table.and(results[0]) : new SampleTable(results[0]);
        kept = { about, table: this.table };
        this.changed("");
      }
    } catch {
      if (own === this.asked) this.failed();
    }
    if (own !== this.asked) return;
    this.isAsking = false;
    this.changed("");
  }

  halt(): void {
    this.asked++;
    this.isAsking = false;
  }

  private get about(): string {
    const { run, step, edits } = this.store.look;
    return JSON.stringify([run, step, edits]);
  }
}
