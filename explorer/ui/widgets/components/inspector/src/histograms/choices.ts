// What is counted, how it is drawn, and which other runs are drawn over it.

import type { Colors, Words } from "../contract";
import { button, make } from "../dom";
import type { RunChoice } from "../beside/chooser";
import { swipe } from "../beside/swipe";
import type { Mode } from "./ridges";

const MOST_RUNS = 3;

export class Choices {
  readonly element = make("div", "histograms-choices");
  readonly runs: string[] = [];
  private readonly what = make("select");
  private readonly over = make("select");
  private readonly mode = make("select");
  private readonly log = make("input");
  private readonly logLabel = make("label");
  private readonly add = make("select");
  private readonly chips = make("span", "histograms-chips");
  private words: Words = {};
  private colors!: Colors;
  private known: RunChoice[] = [];

  // `asks`: other histograms are wanted; `draws`: the same ones, drawn otherwise.
  constructor(private readonly asks: () => void, private readonly draws: () => void) {
    this.what.dataset.testid = "histograms-what";
    this.mode.dataset.testid = "histograms-mode";
    this.add.dataset.testid = "histograms-run";
    this.log.type = "checkbox";
    for (const select of [this.what, this.over]) select.addEventListener("change", () => { this.show(); asks(); });
    for (const one of [this.mode, this.log]) one.addEventListener("change", draws);
    this.add.addEventListener("change", () => this.toggle(this.add.value));
    this.element.append(this.what, this.over, this.mode, this.logLabel, this.add, this.chips);
  }

  get asked(): { what: string; over: string } {
    return { what: this.what.value || "weights", over: this.over.value || "input" };
  }

  get drawn(): { mode: Mode; isLog: boolean } {
    return { mode: (this.mode.value || "offset") as Mode, isLog: this.log.checked };
  }

  update(words: Words, colors: Colors, known: RunChoice[]): void {
    [this.words, this.colors, this.known] = [words, colors, known];
    const options: [HTMLSelectElement, string, [string, string][]][] = [
      [this.what, words.counted!, [["weights", words.weights!], ["outputs", words.outputs!], ["gradients", words.gradients!]]],
      [this.over, words.over!, [["input", words.this_input!], ["test", words.test!]]],
      [this.mode, words.mode!, [["offset", words.offset!], ["overlay", words.overlay!]]],
    ];
    for (const [select, name, all] of options) {
      const chosen = select.value;
      select.replaceChildren(...all.map(([value, title]) => new Option(title, value)));
      select.value = chosen || all[0]![0];
      select.title = name;
      select.setAttribute("aria-label", name);
    }
    this.logLabel.replaceChildren(this.log, ` ${words.log}`);
    this.add.title = words.add_run!;
    this.add.setAttribute("aria-label", words.add_run!);
    this.show();
  }

  private toggle(run: string): void {
    const at = this.runs.indexOf(run);
    if (at >= 0) this.runs.splice(at, 1);
    else if (run) this.runs.push(run);
    this.show();
    this.asks();
  }

  // A run that another is drawn over is left away.
  without(run: string): void {
    if (this.runs.includes(run)) this.toggle(run);
  }

  show(): void {
    this.over.hidden = this.asked.what === "weights";
    this.add.hidden = !this.known.length || this.runs.length >= MOST_RUNS;
    this.add.replaceChildren(new Option(`+ ${this.words.add_run}`, ""), ...this.known.filter(({ id }) => !this.runs.includes(id)).map(({ id, title }) => new Option(title, id)));
    this.chips.replaceChildren(...this.runs.map((run, n) => {
      const title = swipe.titles[run] ?? run.slice(0, 8), chip = button(`✕ ${title}`, `${this.words.remove_run}: ${title}`, () => this.toggle(run));
      chip.classList.add("histograms-chip");
      chip.style.setProperty("--inspector-side", this.colors.runs[n + 1]!);
      return chip;
    }));
    this.draws();
  }
}
