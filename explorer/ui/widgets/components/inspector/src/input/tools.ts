// The brush's tools: add or erase, how wide, which color; undo, and back to what was chosen.

import type { PartData } from "../contract";
import { button, make } from "../dom";
import type { Brush } from "./board";

export interface Acts { undo: () => void; reset: () => void; invert: () => void }

export class Tools {
  readonly element = make("div", "tools");
  private undo!: HTMLButtonElement;
  private reset!: HTMLButtonElement;
  private invert!: HTMLButtonElement;

  constructor(data: PartData, private brush: Brush, private acts: Acts) {
    this.update(data);
  }

  update({ words, options }: PartData): void {
    const largest = Math.max(2, Math.round(Math.max(...options.image.slice(1)) / 4)), modes = make("div", "chips");
    modes.setAttribute("role", "group");
    modes.setAttribute("aria-label", words.brush!);
    const chips = [false, true].map((erases) => {
      const chip = make("button", "chip", erases ? words.erase : words.add);
      chip.type = "button";
      chip.addEventListener("click", () => { this.brush.erases = erases; press(); });
      modes.append(chip);
      return chip;
    });
    const press = () => chips.forEach((chip, index) => chip.setAttribute("aria-pressed", String(this.brush.erases === (index === 1))));
    press();
    const width = make("input");
    Object.assign(width, { type: "range", min: "0.5", max: String(largest), step: "0.5", value: String(this.brush.size), title: words.width });
    width.setAttribute("aria-label", words.width!);
    width.addEventListener("input", () => (this.brush.size = Number(width.value)));
    this.undo = button("↶", words.undo!, this.acts.undo);
    this.reset = button("⟲", words.reset!, this.acts.reset);
    this.invert = button("◐", words.invert!, this.acts.invert);
    const color = options.image[0] === 3 ? [this.color(words.color!)] : [];
    this.element.replaceChildren(modes, ...color, width, this.undo, this.reset, this.invert);
    this.undo.disabled = true;
  }

  can(undo: boolean | null, reset: boolean, invert: boolean): void {
    if (undo !== null) this.undo.disabled = !undo;
    this.reset.disabled = !reset;
    this.invert.hidden = !invert;
  }

  private color(name: string): HTMLElement {
    const made = make("input");
    Object.assign(made, { type: "color", value: hex(this.brush.ink), title: name });
    made.setAttribute("aria-label", name);
    made.addEventListener("input", () => (this.brush.ink = [1, 3, 5].map((start) => parseInt(made.value.slice(start, start + 2), 16) / 255)));
    return made;
  }
}

function hex(ink: number[]): string {
  return `#${[0, 1, 2].map((c) => Math.round((ink[c] ?? ink[0]!) * 255).toString(16).padStart(2, "0")).join("")}`;
}
