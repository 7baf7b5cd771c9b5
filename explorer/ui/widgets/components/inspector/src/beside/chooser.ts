// What to compare with, in the row of the time bar: an earlier step, another run, another input, the weights as they were kept.

import type { Words } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { same } from "../asker";
import { store } from "../store";
import { type Kind, swipe } from "./swipe";

export interface RunChoice { id: string; title: string }

export class Chooser {
  readonly element = make("span", "beside-chooser");
  private readonly what = make("select");
  private readonly slider = make("input");
  private readonly run = make("select");
  private readonly sample = make("input");
  private readonly second = button("B", "", () => this.takeSecond());
  private readonly said = make("output", "beside-said");
  private readonly off = button("✕", "", () => swipe.off());
  private runs: RunChoice[] = [];
  private words: Words = {};

  constructor() {
    this.slider.type = "range";
    this.sample.type = "number";
    this.sample.min = "0";
    this.what.dataset.testid = "compare";
    this.slider.dataset.testid = "compare-step";
    this.run.dataset.testid = "compare-run";
    this.sample.dataset.testid = "compare-sample";
    this.off.dataset.testid = "compare-off";
    this.what.addEventListener("change", () => this.choose(this.what.value as Kind | ""));
    this.slider.addEventListener("input", () => this.own({ step: store.look.steps[Number(this.slider.value)] ?? 0 }));
    this.run.addEventListener("change", () => this.own({ run: this.run.value }));
    this.sample.addEventListener("change", () => this.own({ input: sampleInput(Math.max(0, Math.round(Number(this.sample.value)))), changes: {} }));
    this.element.append(this.what, this.slider, this.run, this.sample, this.second, this.said, this.off);
  }

  update(words: Words, runs: RunChoice[]): void {
    this.words = words;
    this.runs = runs;
    this.run.replaceChildren(...runs.map(({ id, title }) => new Option(title, id)));
    const names: [HTMLElement, string][] = [[this.what, words.compare!], [this.slider, words.compare_step!], [this.run, words.compare_run!],
      [this.sample, words.compare_sample!], [this.second, words.compare_second!], [this.off, words.compare_off!]];
    for (const [element, name] of names) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    this.show();
  }

  show(): void {
    const { beside, steps, against, edits } = store.look, kind = beside ? swipe.kind : null;
    this.fillKinds(edits.length > 0 || kind === "edits", steps.length > 1 || kind === "step");
    this.what.value = kind ?? "";
    this.slider.hidden = this.said.hidden = kind !== "step";
    this.run.hidden = kind !== "run";
    this.sample.hidden = kind !== "input";
    this.second.hidden = kind !== "input" || !against || same(against.input, beside?.input);
    this.off.hidden = !beside;
    if (!beside) return;
    this.slider.max = String(Math.max(0, steps.length - 1));
    this.slider.value = String(steps.indexOf(beside.step));
    setText(this.said, fill(this.words.side_step!, { step: beside.step.toLocaleString("en-US") }));
    this.slider.setAttribute("aria-valuetext", this.said.textContent!);
    if (kind === "run" && !this.runs.some(({ id }) => id === beside.run)) this.run.append(new Option(beside.run.slice(0, 8), beside.run));
    this.run.value = beside.run;
    if (document.activeElement !== this.sample) this.sample.value = String(beside.input.sample ?? "");
  }

  private fillKinds(hasEdits: boolean, hasSteps: boolean): void {
    const kinds = ["", ...(hasSteps ? ["step"] : []), ...(this.runs.length ? ["run"] : []), "input", ...(hasEdits ? ["edits"] : [])];
    if (kinds.join() === [...this.what.options].map(({ value }) => value).join() && this.what.dataset.words === this.words.compare) return;
    this.what.dataset.words = this.words.compare;
    this.what.replaceChildren(...kinds.map((kind) => new Option(kind ? this.words[`compare_with_${kind}`]! : `⇆ ${this.words.compare}`, kind)));
  }

  private choose(kind: Kind | ""): void {
    const { steps, step, against, input } = store.look;
    switch (kind) {
      case "step": return swipe.compare("step", { step: steps.find((one) => one !== step) ?? step });
      case "run": return swipe.compare("run", { run: this.runs[0]!.id, edits: [] });
      case "input": return swipe.compare("input", against ?? { input: sampleInput((input.sample ?? -1) + 1), changes: {} });
      case "edits": return swipe.compare("edits", { edits: [] });
      default: swipe.off();
    }
  }

  private takeSecond(): void {
    if (store.look.against) this.own(store.look.against);
  }

  private own(patch: object): void {
    if (store.look.beside) store.set({ beside: { ...store.look.beside, ...patch } });
  }
}

function sampleInput(sample: number) {
  return { sample, pixels: null, hash: null, tokens: null, edited: null, name: "" };
}
