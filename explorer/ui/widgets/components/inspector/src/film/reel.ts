// Frames of a film as they arrive, some at a time, so that the first are there at once; all are kept while the film is the same.

import type { Look } from "../contract";
import type { Store } from "../store";
import { Follower, twinOf } from "../twins";
import { type Film, type Frame, framesOf } from "./contract";

const FEWEST = 4, MOST = 40, PATIENCE_MS = 600, AGAIN_MS = 4000;

export class Reel {
  film: Film | null = null;
  steps: number[] = [];
  readonly damaged = new Set<number>();
  private frames = new Map<number, Frame>();
  private turn = 0;
  private again = 0;
  private scale = { type: "Film", limit: 0, signed: false };
  private readonly follower: Follower;

  // `changed`: more frames are there; `refused`: why there are none.
  constructor(private readonly store: Store, private readonly probe: string, private readonly changed: () => void, private readonly refused: (sentence: string | null) => void) {
    this.follower = new Follower(store.side, changed);
  }

  // The end of the scale of all frames, those of the swipe's other side among them.
  get limit(): number {
    return Math.max(this.scale.limit, twinOf(this.scale)?.limit ?? 0);
  }

  get signed(): boolean {
    return this.scale.signed || Boolean(twinOf(this.scale)?.signed);
  }

  frameAt(place: number): Frame | undefined {
    return this.frames.get(this.steps[place]!);
  }

  // The frame of a step, or of the last one before it.
  placeOf(step: number): number {
    return Math.max(0, this.steps.findLastIndex((one) => one <= step));
  }

  get count(): number {
    return this.frames.size;
  }

  forget(): void {
    this.film = null;
    this.frames = new Map();
    this.damaged.clear();
    this.steps = [];
    this.follower.leave();
    this.scale = { type: "Film", limit: 0, signed: false };
  }

  // All of it is asked about one look: the step that is looked at may change meanwhile.
  load(look: Look, options: object): void {
    const turn = ++this.turn;
    clearTimeout(this.again);
    void this.ask(look, options, turn).catch(() => {
      if (turn !== this.turn) return;
      this.refused(null);
      this.again = window.setTimeout(() => this.load(look, options), AGAIN_MS);
    });
  }

  private async ask(look: Look, options: object, turn: number): Promise<void> {
    for (let only = [look.step], count = FEWEST; only.length;) {  // by their numbers: places shift while a run goes on
      const since = performance.now(), { results, sentence } = await this.store.ask(this.probe, { ...options, only }, { look });
      if (turn !== this.turn) return;
      const film = results.find(({ type }) => type === "Film") as Film | undefined;
      if (!film) return this.refused(sentence);
      this.take(film);
      if (only.length > 1) count = Math.min(MOST, 2 * only.length, Math.max(FEWEST, Math.round((only.length * PATIENCE_MS) / Math.max(1, performance.now() - since))));
      const missing = this.steps.filter((step) => !this.frames.has(step) && !this.damaged.has(step)), now = this.steps[this.placeOf(this.store.look.step)]!;
      only = missing.includes(now) ? [now] : missing.slice(0, count);  // what is looked at comes first
    }
  }

  private take(film: Film): void {
    this.film = film;
    this.steps = [...film.every_step.data];
    for (const frame of framesOf(film)) this.frames.set(frame.step, frame);
    for (const step of film.damaged) this.damaged.add(step);
    this.scale = { type: "Film", limit: Math.max(this.scale.limit, film.limit), signed: this.scale.signed || film.signed };
    this.follower.take(`${film.node} ${film.what}`, [this.scale]);
    this.changed();
  }

  end(): void {
    this.turn++;
    this.follower.end();
    clearTimeout(this.again);
  }
}
