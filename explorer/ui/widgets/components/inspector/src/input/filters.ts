// Which samples the strip shows, and in which order: fields in a row.

import type { Words } from "../contract";
import { make } from "../dom";
import { EVERYTHING, type Order, type SampleTable, type Verdict, type Wanted } from "./table";

export class Filters {
  readonly element = make("div", "filters");
  wanted: Wanted = EVERYTHING;
  private known = "";

  constructor(private changed: () => void) {}

  // Fields for a table: of classes, of right and wrong only where there are any.
  fit(table: SampleTable, words: Words): void {
    const known = JSON.stringify([table.kind, table.names, words]);
    if (known === this.known) return;
    this.known = known;
    this.element.replaceChildren();
    if (table.kind !== "number") this.element.append(this.classes(table.names, words));
    if (table.isJudged) this.element.append(this.verdict(words), this.confidence(words));
    this.element.append(this.order(table.isJudged, words));
  }

  private set(patch: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...patch };
    this.changed();
  }

  private classes(names: string[], words: Words): HTMLElement {
    const options = [["", words.every_target!], ...names.map((name, index) => [String(index), name])];
    return this.select(words.class!, options, String(this.wanted.target ?? ""), (value) => this.set({ target: value ? Number(value) : null }));
  }

  private order(judged: boolean, words: Words): HTMLElement {
    const options = [["place", words.by_place!], ["loss", words.by_loss!], ...(judged ? [["confidence", words.by_confidence!]] : [])];
    return this.select(words.order!, options, this.wanted.order, (value) => this.set({ order: value as Order }));
  }

  private select(name: string, options: string[][], value: string, act: (value: string) => void): HTMLElement {
    const made = make("select");
    made.setAttribute("aria-label", name);
    made.title = name;
    for (const [key, title] of options) made.append(new Option(title, key));
    made.value = value;
    made.addEventListener("change", () => act(made.value));
    return made;
  }

  private verdict(words: Words): HTMLElement {
    const group = make("div", "chips");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", words.verdict!);
    const titles: [Verdict, string][] = [["all", words.all!], ["right", words.right!], ["wrong", words.wrong!]];
    const chips = titles.map(([verdict, title]) => {
      const chip = make("button", "chip", title);
      chip.type = "button";
      chip.addEventListener("click", () => { this.set({ verdict }); press(); });
      group.append(chip);
      return { verdict, chip };
    });
    const press = () => { for (const { verdict, chip } of chips) chip.setAttribute("aria-pressed", String(verdict === this.wanted.verdict)); };
    press();
    return group;
  }

  private confidence(words: Words): HTMLElement {
    const group = make("label", "confidence", words.confidence), low = percent(this.wanted.low), high = percent(this.wanted.high);
    low.setAttribute("aria-label", words.confidence_from!);
    high.setAttribute("aria-label", words.confidence_to!);
    for (const field of [low, high]) {
      field.addEventListener("change", () => this.set({ low: share(low, 0), high: share(high, 1) }));
    }
    group.append(low, "–", high, "%");
    return group;
  }
}

function percent(value: number): HTMLInputElement {
  const made = make("input");
  Object.assign(made, { type: "number", min: "0", max: "100", step: "5", value: String(Math.round(value * 100)) });
  return made;
}

function share(field: HTMLInputElement, empty: number): number {
  const value = field.value === "" ? NaN : Number(field.value) / 100;
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : empty;
}
