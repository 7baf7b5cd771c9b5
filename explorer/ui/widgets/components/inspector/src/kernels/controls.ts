// The line of choices above a table: which weights, how sorted, what is shown of them, on which scale.

import type { PartData, Words } from "../contract";
import { make } from "../dom";
import { isMatrix, type Kernels } from "./contract";
import type { Scale, Show } from "./numbers";

export type Sort = "own" | "norm" | "change" | "similarity";
export interface Choices { table: string; sort: Sort; show: Show; scale: Scale }

const OPTIONS = { sort: ["own", "norm", "change", "similarity"], show: ["weights", "change", "frequency"], scale: ["row", "layer", "fixed"] } as const;

export class Controls {
  readonly element = make("div", "kernels-controls");
  private readonly labels: Record<keyof Choices, HTMLElement>;
  private readonly selects: Record<keyof Choices, HTMLSelectElement>;

  constructor(data: PartData, readonly choices: Choices, onChange: (name: keyof Choices) => void) {
    const names: (keyof Choices)[] = ["table", "sort", "show", "scale"], made = names.map((name) => {
      const label = make("label"), title = make("span"), select = make("select", "operation-node");
      select.dataset.testid = `kernels-${name}`;
      select.addEventListener("change", () => {
        Object.assign(this.choices, { [name]: select.value });
        onChange(name);
      });
      label.append(title, select);
      this.element.append(label);
      return { name, title, select };
    });
    this.labels = Object.fromEntries(made.map(({ name, title }) => [name, title])) as Record<keyof Choices, HTMLElement>;
    this.selects = Object.fromEntries(made.map(({ name, select }) => [name, select])) as Record<keyof Choices, HTMLSelectElement>;
    this.update(data);
  }

  update({ words }: PartData): void {
    for (const [name, label] of Object.entries(this.labels)) label.textContent = words[`choose_${name}`]!;
    for (const [name, options] of Object.entries(OPTIONS)) {
      const select = this.selects[name as keyof Choices];
      select.replaceChildren(...options.map((option) => new Option(words[`${name}_${option}`], option)));
      select.value = this.choices[name as keyof Choices];
    }
  }

  show(page: Kernels, words: Words): void {
    const { table, show } = this.selects;
    table.replaceChildren(...page.tables.map((name) => new Option(named(name, words), name)));
    this.choices.table = table.value = page.table;
    table.parentElement!.hidden = page.tables.length < 2;
    const frequency = [...show.options].find(({ value }) => value === "frequency")!;
    frequency.disabled = isMatrix(page);
    if (isMatrix(page) && this.choices.show === "frequency") this.choices.show = "weights";
    show.value = this.choices.show;
  }
}

// A parameter by its last name: the node is known.
function named(table: string, words: Words): string {
  const last = table.split(".").at(-1)!;
  return last.endsWith(" as maps") ? `${last.slice(0, -" as maps".length)} · ${words.as_maps}` : last;
}
