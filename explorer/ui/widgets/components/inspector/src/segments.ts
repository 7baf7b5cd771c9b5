// A choice between a few, as buttons side by side.

import { make } from "./dom";

export class Segments {
  readonly element = make("div", "inspector-segments");
  private buttons: HTMLButtonElement[] = [];

  constructor(private chosen: string, private readonly act: (name: string) => void) {
    this.element.setAttribute("role", "radiogroup");
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  // names: what is chosen, and what is written on its button.
  update(label: string, names: [string, string][]): void {
    this.element.setAttribute("aria-label", label);
    this.buttons = names.map(([name, words]) => {
      const one = make("button", "", words);
      one.type = "button";
      one.dataset.name = name;
      one.setAttribute("role", "radio");
      one.addEventListener("click", () => this.choose(name));
      return one;
    });
    this.element.replaceChildren(...this.buttons);
    this.mark();
  }

  choose(name: string): void {
    if (name === this.chosen) return;
    this.chosen = name;
    this.mark();
    this.act(name);
  }

  private mark(): void {
    for (const one of this.buttons) {
      const own = one.dataset.name === this.chosen;
      one.setAttribute("aria-checked", String(own));
      one.tabIndex = own ? 0 : -1;
    }
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = this.buttons.findIndex(({ dataset }) => dataset.name === this.chosen), next = this.buttons[(at + by + this.buttons.length) % this.buttons.length];
    next?.focus();
    next?.click();
  }
}
