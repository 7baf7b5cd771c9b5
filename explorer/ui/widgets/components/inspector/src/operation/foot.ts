// The line below the picture: the window slides over the output, and within a unit the arithmetic goes step by step.

import type { PartData } from "../contract";
import { button, make } from "../dom";
import { fill } from "../../../common/numbers";
import { Film, SPEEDS } from "./film";

export interface Acts {
  count: () => number; show: (place: number) => void; rest: () => void; steps: () => number;
  step: (shown: number) => void;
}

export class Foot {
  readonly element = make("div", "operation-foot");
  readonly film: Film;
  private readonly play = button("▶", "", () => this.film.toggle());
  private readonly earlier = button("◀", "", () => this.move(-1));
  private readonly later = button("▶", "", () => this.move(1));
  private readonly scrub = make("input", "operation-scrub");
  private readonly speed = make("select", "operation-speed");
  private readonly said = make("span", "operation-said");
  private readonly less = button("−", "", () => this.stepBy(-1));
  private readonly more = button("+", "", () => this.stepBy(1));
  private readonly replay = button("⟳", "", () => this.playSteps());
  private readonly stepSaid = make("span", "operation-said");
  private shown = Infinity;
  private timer = 0;
  private words: Record<string, string> = {};

  constructor(data: PartData, private readonly acts: Acts) {
    this.film = new Film(acts.count, acts.show, () => this.refresh());
    this.scrub.type = "range";
    this.scrub.addEventListener("input", () => { this.film.stop(); this.film.place = Number(this.scrub.value); acts.show(this.film.place); });
    this.scrub.addEventListener("change", () => acts.rest());
    this.speed.addEventListener("change", () => { this.film.speed = Number(this.speed.value); });
    const steps = make("span", "operation-steps");
    steps.append(this.less, this.more, this.replay, this.stepSaid);
    this.element.append(this.play, this.earlier, this.later, this.scrub, this.said, this.speed, steps);
    this.update(data);
  }

  update({ words }: PartData): void {
    this.words = words;
    const names: [HTMLElement, string][] = [[this.earlier, words.previous_unit!], [this.later, words.next_unit!], [this.scrub, words.units!], [this.speed, words.speed!],
      [this.less, words.previous_step!], [this.more, words.next_step!], [this.replay, words.play_steps!]];
    for (const [element, name] of names) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    this.speed.replaceChildren(...SPEEDS.map((speed) => new Option(fill(words.per_second!, { count: speed }), String(speed), false, speed === this.film.speed)));
    this.refresh();
  }

  // What is drawn now: a place among the units, and how many of its steps.
  show(place: number, shown: number): void {
    const count = this.acts.count(), steps = this.acts.steps();
    if (!this.film.playing) this.film.place = place;
    this.shown = Math.min(shown, steps);
    this.scrub.max = String(count - 1);
    this.scrub.value = String(place);
    this.said.textContent = `${(place + 1).toLocaleString("en-US")} / ${count.toLocaleString("en-US")}`;
    this.stepSaid.textContent = fill(this.words.step_of!, { step: this.shown, count: steps });
    this.less.disabled = this.shown <= 1;
    this.more.disabled = this.shown >= steps;
    this.earlier.disabled = place <= 0;
    this.later.disabled = place >= count - 1;
  }

  private refresh(): void {
    const { playing } = this.film, name = playing ? this.words.pause! : this.words.play!;
    this.play.textContent = playing ? "❚❚" : "▶";
    this.play.title = name;
    this.play.setAttribute("aria-label", name);
    if (!playing) this.acts.rest();
  }

  move(by: number): void {
    this.film.stop();
    const place = this.film.place + by;
    if (place < 0 || place >= this.acts.count()) return;
    this.film.place = place;
    this.acts.show(place);
    this.acts.rest();
  }

  stepBy(by: number): void {
    clearInterval(this.timer);
    this.acts.step(Math.max(1, Math.min(this.acts.steps(), this.shown + by)));
  }

  // One step after the other; all at once for people who want nothing to move.
  private playSteps(): void {
    clearInterval(this.timer);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.acts.step(this.acts.steps());
    this.acts.step(1);
    this.timer = window.setInterval(() => {
      if (this.shown >= this.acts.steps()) clearInterval(this.timer);
      else this.acts.step(this.shown + 1);
    }, 900);
  }

  end(): void {
    clearInterval(this.timer);
    this.film.stop();
  }
}
