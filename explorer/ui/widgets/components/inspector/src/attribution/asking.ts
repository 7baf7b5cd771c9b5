// The question of one panel: the newest wins, a slow one waits for a click, the error over many samples comes after the picture.

import type { Answer } from "../question";
import type { Store } from "../store";
import { Follower } from "../twins";
import { type Attribution, SLOW_S } from "./contract";
import { questionOf, recall, remember, tellTook, tookLast } from "./remembered";
import { turns } from "./turns";

export type State = "idle" | "waiting" | "asking" | "shown" | "sentence" | "failed";
export interface Wanted { options: object; costS: number; samples: number }  // samples: over which the error is measured, 0 for none

const AGAIN_MS = 4000, PICTURE = 0, ERROR = 1;

export class Asking {
  state: State = "idle";
  found: Attribution | null = null;
  isStale = false;           // of another question than the one now
  isMeasuring = false;       // its error over many samples
  sentence = "";
  private wanted: Wanted | null = null;
  private question = "";
  private controller: AbortController | null = null;
  private again = 0;
  private readonly follower: Follower;

  constructor(private readonly store: Store, readonly method: string, private readonly changed: () => void) {
    this.follower = new Follower(store.side, changed);
  }

  get costS(): number {
    return tookLast(this.about) ?? this.wanted?.costS ?? 0;
  }

  private get about(): string {
    return `${this.store.look.run} ${this.method} ${JSON.stringify(this.wanted?.options)}`;
  }

  want(wanted: Wanted): void {
    this.wanted = wanted;
    const question = questionOf(this.store.look, this.method, wanted.options);
    if (question === this.question) return;
    this.question = question;
    const isSlow = this.costS > SLOW_S, known = recall(question);
    if (known || isSlow || this.isMeasuring) this.abort();
    this.isStale = this.found !== null;
    if (known) return this.take(known);
    if (isSlow) return this.turn("waiting");
    void this.start();
  }

  // Asks, or a moment later, once what is on its way has come: a film shows every picture that it can.
  async start(): Promise<void> {
    clearTimeout(this.again);
    if (this.controller) return;
    const { wanted, question } = this, controller = (this.controller = new AbortController());
    if (!wanted) return;
    this.turn("asking");
    const answer = await this.put(wanted.options, controller, this.costS > SLOW_S ? null : PICTURE);
    if (this.controller !== controller) return;
    this.controller = null;
    if (answer === "left") return;
    if (answer === null) return this.fail(question);
    const found = answer.results[0] as Attribution | undefined;
    if (found) remember(question, found);
    if (found) this.take(found, question);
    else if (question === this.question) this.say(answer.sentence);
    if (question !== this.question && this.state !== "waiting") void this.start();
  }

  cancel(): void {
    this.abort();
    this.turn("waiting");
  }

  private abort(): void {
    this.controller?.abort();
    this.controller = null;
    this.isMeasuring = false;
  }

  leave(): void {
    this.follower.leave();
  }

  end(): void {
    clearTimeout(this.again);
    this.wanted = null;
    this.question = "";
    this.abort();
    this.follower.end();
  }

  private take(found: Attribution, question = this.question): void {
    this.found = found;
    this.sentence = "";
    this.isStale = question !== this.question;
    this.follower.take(this.about, [found]);
    this.turn(this.isStale && this.state === "waiting" ? "waiting" : "shown");
    if (!this.isStale) void this.measure(question);
  }

  // Its error over samples of the test set, which is remembered with the picture.
  private async measure(question: string): Promise<void> {
    const { wanted } = this, samples = wanted?.samples ?? 0;
    if (!samples || !this.found?.sums.data.length || this.found.samples > 1) return;
    if (this.controller) return;
    const controller = (this.controller = new AbortController());
    this.isMeasuring = true;
    this.changed();
    const answer = await this.put({ ...wanted!.options, samples }, controller, ERROR);
    if (this.controller !== controller) return;
    this.controller = null;
    this.isMeasuring = false;
    const measured = answer && answer !== "left" ? (answer.results[0] as Attribution | undefined) : undefined;
    if (measured && this.found && question === this.question) {
      const { error, samples: count, is_wrong, reason } = measured;
      Object.assign(this.found, { error, samples: count, is_wrong, reason });  // the remembered one, whose twin knows it
    }
    this.changed();
    if (question !== this.question && this.state !== "waiting") void this.start();
  }

  // null: no answer came; "left": nobody waits for it any more.
  private async put(options: object, { signal }: AbortController, rank: number | null): Promise<Answer | null | "left"> {
    if (rank !== null) await turns.take(rank);
    const { about } = this, began = performance.now();
    try {
      if (signal.aborted) return "left";
      const answer = await this.store.ask(this.method, options, { signal });
      if (rank !== ERROR && answer.kind === "results") tellTook(about, (performance.now() - began) / 1000);
      return answer;
    } catch {
      return signal.aborted ? "left" : null;
    } finally {
      if (rank !== null) turns.done();
    }
  }

  private say(sentence: string): void {
    this.found = null;
    this.sentence = sentence;
    this.follower.leave();
    this.turn("sentence");
  }

  private fail(question: string): void {
    this.turn("failed");
    this.again = window.setTimeout(() => question === this.question && void this.start(), AGAIN_MS);
  }

  private turn(state: State): void {
    this.state = state;
    this.changed();
  }
}
