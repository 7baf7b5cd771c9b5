// The moment of training that is looked at: a slider over the steps whose weights were kept, a film of them, what was recorded
// there, and what it is compared with. This part is always on the page: it carries to Python what is looked at.

import type { MakePart, Part, PartData, Trigger } from "../contract";
import { Chooser } from "../beside/chooser";
import { swipe } from "../beside/swipe";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { store } from "../store";
import { PlayControls } from "./controls";
import { moments } from "./moments";
import { Player } from "./player";

export const makeTime: MakePart = (host, data, trigger) => new TimePart(host, data, trigger);

class TimePart implements Part {
  private readonly slider = make("input");
  private readonly said = make("output", "time-said");
  private readonly label = make("span", "time-label");
  private readonly moment = make("output", "time-moment");
  private readonly back = button("‹", "", () => this.player.stepBy(-1));
  private readonly on = button("›", "", () => this.player.stepBy(1));
  private readonly player = new Player(() => store.look.steps.length, () => this.place, (place) => this.moveTo(place), () => this.show(),
    (place) => !moments.isDamaged(store.look.steps[place]!));
  private readonly controls = new PlayControls(this.player);
  private readonly chooser = new Chooser();
  private readonly ends: (() => void)[];

  constructor(private readonly host: HTMLElement, private data: PartData, trigger: Trigger) {
    const bar = make("div", "time-row"), below = make("div", "time-row");
    this.slider.type = "range";
    this.slider.dataset.testid = "time";
    this.controls.play.dataset.testid = "film";
    this.moment.dataset.testid = "moment";
    this.slider.addEventListener("input", () => this.slide());
    this.slider.addEventListener("keydown", (event) => this.key(event));
    bar.append(this.label, this.back, this.slider, this.on, this.said, this.controls.play, this.controls.speed, this.controls.loop);
    below.append(this.moment, this.chooser.element);
    host.append(bar, below);
    this.ends = [store.watch(() => this.show()), moments.watch(() => this.show()), store.speakThrough(trigger)];
    this.update(data);
  }

  private get place(): number {
    return Math.max(0, store.look.steps.indexOf(store.look.step));
  }

  private moveTo(place: number): void {
    const { steps } = store.look, step = steps[Math.max(0, Math.min(steps.length - 1, place))];
    if (step !== undefined) store.set({ step });
  }

  private slide(): void {
    const chosen = Number(this.slider.value);  // stop() puts the slider where the look is
    this.player.stop();
    this.moveTo(chosen);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== " ") return;
    event.preventDefault();
    this.player.toggle();
  }

  private show(): void {
    const { steps, step } = store.look, last = steps[steps.length - 1] ?? 0, { words } = this.data;
    this.slider.max = String(Math.max(0, steps.length - 1));
    this.slider.value = String(this.place);
    const sentence = fill(words.step_of!, { step: step.toLocaleString("en-US"), last: last.toLocaleString("en-US") });
    this.slider.setAttribute("aria-label", words.step!);
    this.slider.setAttribute("aria-valuetext", sentence);
    setText(this.said, sentence);
    setText(this.moment, this.sentence(step));
    this.moment.title = this.moment.textContent!;
    this.controls.show();
    this.chooser.show();
    this.host.classList.toggle("single", steps.length < 2);
  }

  private sentence(step: number): string {
    const { words } = this.data, damaged = moments.damaged.map((one) => one.toLocaleString("en-US")), told = moments.describe(step, words);
    const skipped = damaged.length ? fill(damaged.length > 1 ? words.skips! : words.skip!, { steps: damaged.slice(0, 3).join(", "), count: damaged.length }) : "";
    return [told, skipped].filter(Boolean).join(" · ");
  }

  update(data: PartData): void {
    const { words, options } = this.data = data;
    [swipe.words, swipe.colors] = [words, data.look];
    swipe.titles = Object.fromEntries([[data.first?.run ?? store.look.run, options.title], ...(options.runs ?? []).map(({ id, title }: { id: string; title: string }) => [id, title])]);
    for (const [element, name] of [[this.back, words.earlier!], [this.on, words.later!]] as const) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    setText(this.label, words.step!);
    this.controls.update(words);
    this.chooser.update(words, options.runs ?? []);
    moments.take(options.moments);
    this.show();
  }

  end(): void {
    this.player.stop();
    for (const end of this.ends) end();
  }
}
