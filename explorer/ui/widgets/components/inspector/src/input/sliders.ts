// Sliders of named numbers, each with its value: the changes to an input, or a table's features.

import { make } from "../dom";
import { formatNumber } from "../../../common/numbers";

export interface Slid { name: string; title: string; low: number; high: number; step: number; default: number | null; unit: string; help: string }

export class Sliders {
  readonly element = make("div", "sliders");
  private rows = new Map<string, { range: HTMLInputElement; field: HTMLInputElement; slid: Slid }>();
  private known = "";

  constructor(private changed: (name: string, value: number) => void) {}

  // The sliders are made anew only where they are others: one that is dragged stays.
  update(all: Slid[]): void {
    const known = JSON.stringify(all);
    if (known === this.known) return;
    this.known = known;
    this.rows.clear();
    this.element.replaceChildren(...all.map((slid) => this.row(slid)));
  }

  show(values: Record<string, number>): void {
    for (const [name, { range, field, slid }] of this.rows) {
      const value = values[name] ?? slid.default ?? 0;
      if (document.activeElement !== field) field.value = typed(value);
      if (Number(range.value) !== value) range.value = String(value);
      range.setAttribute("aria-valuetext", `${formatNumber(value)} ${slid.unit}`.trim());
      range.closest(".slider")!.classList.toggle("moved", slid.default !== null && value !== slid.default);
    }
  }

  private row(slid: Slid): HTMLElement {
    const row = make("div", "slider"), name = make("span", "slider-name", slid.title), range = make("input"), field = make("input");
    const limits = { min: String(slid.low), max: String(slid.high), step: String(slid.step) };
    Object.assign(range, { type: "range", ...limits, value: String(slid.default ?? 0) });
    Object.assign(field, { type: "number", ...limits, step: "any", value: typed(slid.default ?? 0) });
    for (const input of [range, field]) {
      input.setAttribute("aria-label", slid.unit ? `${slid.title}, ${slid.unit}` : slid.title);
      input.addEventListener("input", () => this.take(slid, input));
    }
    field.addEventListener("change", () => { if (field.value === "" || !field.validity.valid) this.changed(slid.name, clamp(Number(field.value), slid)); });
    name.title = slid.help;
    name.addEventListener("dblclick", () => slid.default !== null && this.changed(slid.name, slid.default));
    row.append(name, range, field, make("span", "slider-unit", slid.unit));
    this.rows.set(slid.name, { range, field, slid });
    return row;
  }

  private take(slid: Slid, input: HTMLInputElement): void {
    const value = Number(input.value);
    if (input.value === "" || !Number.isFinite(value) || (input.type === "number" && !input.validity.valid)) return;
    this.changed(slid.name, value);
  }
}

function clamp(value: number, { low, high }: Slid): number {
  return Math.min(Math.max(value, low), high);
}

function typed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

