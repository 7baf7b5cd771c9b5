// The options of a method as a small form over its panel.

import type { Words } from "../contract";
import { make } from "../dom";
import { choices, type Value } from "./choices";
import type { Method, Option } from "./contract";

export class OptionsForm {
  readonly element = make("form", "attribution-form");
  private drawn = "";

  constructor(private readonly network: string) {
    this.element.hidden = true;
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.element.hidden = true; });
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
    if (!this.element.hidden) this.element.querySelector<HTMLElement>("input, select")?.focus();
  }

  show(method: Method, words: Words): void {
    const values = choices.optionsOf(this.network, method.name), drawn = JSON.stringify([method.name, method.options, values, words.defaults]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const reset = make("button", "inspector-button", words.defaults!);
    reset.type = "button";
    reset.disabled = !Object.keys(values).length;
    reset.addEventListener("click", () => choices.setOptions(this.network, method.name, {}));
    const held = this.element.contains(document.activeElement) ? (document.activeElement as HTMLInputElement).name : "";
    this.element.replaceChildren(...method.options.map((option) => this.field(method, option, values[option.name] ?? option.default)), reset);
    if (held) (this.element.elements.namedItem(held) as HTMLElement | null)?.focus();
  }

  private field({ name: method }: Method, option: Option, value: Value): HTMLElement {
    const label = make("label", "attribution-field"), input = option.kind === "choice" ? choiceOf(option) : inputOf(option);
    label.title = option.help;
    input.name = option.name;
    if (option.kind === "flag") (input as HTMLInputElement).checked = Boolean(value);
    else input.value = String(value);
    input.addEventListener("change", () => {
      const given = read(option, input);
      if (given === null) return input instanceof HTMLInputElement ? void input.reportValidity() : undefined;
      const { [option.name]: _old, ...others } = choices.optionsOf(this.network, method);
      choices.setOptions(this.network, method, given === option.default ? others : { ...others, [option.name]: given });
    });
    label.append(make("span", "", option.title), input);
    return label;
  }
}

function choiceOf({ options, titles }: Option): HTMLSelectElement {
  const select = make("select", "of-select");
  select.append(...options.map((option, place) => new Option(titles[place] ?? option, option)));
  return select;
}

function inputOf({ kind, low, high, is_whole }: Option): HTMLInputElement {
  const input = make("input");
  input.type = kind === "flag" ? "checkbox" : "number";
  if (kind === "number") {
    if (Number.isFinite(low)) input.min = String(low);
    if (Number.isFinite(high)) input.max = String(high);
    input.step = is_whole ? "1" : "any";
    input.required = true;
  }
  return input;
}

function read({ kind }: Option, input: HTMLInputElement | HTMLSelectElement): Value | null {
  if (kind === "flag") return (input as HTMLInputElement).checked;
  if (kind === "choice") return input.value;
  return input.checkValidity() ? Number(input.value) : null;
}
