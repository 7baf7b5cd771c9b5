// The fields above the rows: which samples, which methods, which number, which scale.

import type { PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Order, SampleTable, Verdict } from "../input/table";
import { Segments } from "../segments";
import { type Choice, LOSS, MOST_METHODS, PREDICTED, TRUE } from "./choice";
import type { Scale } from "./contract";

export interface Offered { name: string; title: string; help: string; refused: boolean }
type Format = "png" | "svg" | "npz";

export class Tools {
  readonly element = make("div", "attributed-tools");
  readonly count = make("span", "attributed-count");
  readonly judge = button("", "", () => this.judges());
  private readonly verdict: Segments;
  private readonly scale: Segments;
  private readonly fields = {
    target: select(() => this.want({ target: numberOf(this.fields.target.value) })), predicted: select(() => this.want({ predicted: numberOf(this.fields.predicted.value) })),
    order: select(() => this.want({ order: this.fields.order.value as Order })), of: select(() => this.set({ of: this.fields.of.value })),
    less: select(() => this.set({ less: this.fields.less.value })), add: select(() => this.add(this.fields.add.value)),
  };
  private readonly chips = make("span", "attributed-chips");
  private readonly labels = { target: make("span"), predicted: make("span"), of: make("span"), less: make("span") };
  readonly savers = make("span", "attributed-saves");
  private readonly saves: HTMLButtonElement[];
  private fitted = "";

  constructor(private data: PartData, private choice: Choice, private readonly changed: (choice: Choice) => void, private readonly judges: () => void, save: (format: Format) => void) {
    this.verdict = new Segments(choice.wanted.verdict, (name) => this.want({ verdict: name as Verdict }));
    this.scale = new Segments(choice.scale, (name) => this.set({ scale: name as Scale }, false));
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => save(format)));
    const [first, second] = [make("div", "attributed-line"), make("div", "attributed-line")], { target, predicted, of, less } = this.labels;
    this.savers.append(...this.saves);
    first.append(this.verdict.element, labeled(target, this.fields.target), labeled(predicted, this.fields.predicted), this.fields.order, this.count, this.judge);
    second.append(labeled(of, this.fields.of), labeled(less, this.fields.less), this.chips, this.fields.add, this.scale.element);
    this.element.append(first, second);
    for (const [name, field] of Object.entries(this.fields)) field.dataset.field = name;
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    const { words } = data;
    this.scale.update(words.scale!, [["method", words.by_method!], ["all", words.one_for_all!], ["each", words.each!]]);
    this.fields.order.title = words.order!;
    this.fields.order.setAttribute("aria-label", words.order!);
    this.fields.add.setAttribute("aria-label", words.methods!);
    for (const [name, title] of [["target", words.true_class!], ["predicted", words.predicted_class!], ["of", words.explained!], ["less", words.less!]] as const) {
      setText(this.labels[name], title);
      this.fields[name].setAttribute("aria-label", title);
    }
    [words.save_png, words.save_svg, words.save_npz].forEach((name, n) => {
      this.saves[n]!.title = name!;
      this.saves[n]!.setAttribute("aria-label", name!);
    });
    this.fitted = "";
    this.dress();
  }

  // Fields for a table: of classes, of right and wrong only where there are any.
  fit(table: SampleTable): void {
    const fitted = JSON.stringify([table.kind, table.names, table.isJudged, this.data.words]);
    if (fitted === this.fitted) return;
    this.fitted = fitted;
    const { words } = this.data, { wanted } = this.choice, hasClasses = table.kind !== "number", classes = table.names.map((name, index): [string, string] => [String(index), name]);
    this.verdict.update(words.verdict!, [["all", words.all!], ["wrong", words.wrong!], ["right", words.right!]]);
    this.verdict.element.hidden = !table.isJudged;
    offer(this.fields.target, [["", words.any!], ...classes], String(wanted.target ?? ""));
    offer(this.fields.predicted, [["", words.any!], ...classes], String(wanted.predicted ?? ""));
    for (const name of ["target", "predicted", "less"] as const) this.fields[name].parentElement!.hidden = !hasClasses;
    const orders: [Order, string][] = table.isJudged ? [["sure", words.by_sure!], ["confidence", words.by_confidence!], ["loss", words.by_loss!], ["place", words.by_place!]] : [["loss", words.by_error!], ["place", words.by_place!]];
    if (!orders.some(([order]) => order === wanted.order)) this.choice = { ...this.choice, wanted: { ...wanted, order: orders[0]![0] } };
    offer(this.fields.order, orders, this.choice.wanted.order);
    const own: [string, string][] = hasClasses ? [["", words.predicted!], [TRUE, words.true!], ...classes] : [["", words.predicted_number!]];
    offer(this.fields.of, [...own, [LOSS, words.loss!]], this.choice.of);
    offer(this.fields.less, [["", words.nothing!], [PREDICTED, words.predicted!], [TRUE, words.true!], ...classes], this.choice.less);
    this.dress();
  }

  get current(): Choice {
    return this.choice;
  }

  turn(page: number): void {
    this.set({ page }, false);
  }

  private want(patch: Partial<Choice["wanted"]>): void {
    this.set({ wanted: { ...this.choice.wanted, ...patch } });
  }

  private set(patch: Partial<Choice>, isAnew = true): void {
    this.choice = { ...this.choice, ...(isAnew && "wanted" in patch ? { page: 0 } : {}), ...patch };
    this.dress();
    this.changed(this.choice);
  }

  private add(name: string): void {
    if (name) this.set({ methods: [...this.choice.methods, name].slice(-MOST_METHODS) });
  }

  private dress(): void {
    const { words, options } = this.data, offered = options.methods as Offered[], { methods, of } = this.choice;
    this.chips.replaceChildren(...methods.map((name) => this.chip(name, offered.find((each) => each.name === name)?.title ?? name)));
    offer(this.fields.add, [["", words.add!], ...offered.filter(({ name }) => !methods.includes(name)).map(({ name, title }): [string, string] => [name, title])], "");
    for (const option of this.fields.add.options) {
      const method = offered.find(({ name }) => name === option.value);
      option.disabled = method?.refused ?? false;
      option.title = method?.help ?? "";
    }
    this.fields.add.hidden = methods.length >= Math.min(MOST_METHODS, offered.filter(({ refused }) => !refused).length);
    this.fields.less.disabled = of === LOSS;
  }

  private chip(name: string, title: string): HTMLButtonElement {
    const chip = button(`${title} ×`, fill(this.data.words.remove!, { title }), () => this.set({ methods: this.choice.methods.filter((each) => each !== name) }));
    chip.dataset.method = name;
    chip.disabled = this.choice.methods.length < 2;
    return chip;
  }
}

function select(act: () => void): HTMLSelectElement {
  const made = make("select", "attributed-select");
  made.addEventListener("change", act);
  return made;
}

function labeled(title: HTMLElement, field: HTMLElement): HTMLLabelElement {
  const label = make("label");
  label.append(title, field);
  return label;
}

function offer(field: HTMLSelectElement, options: [string, string][], value: string): void {
  field.replaceChildren(...options.map(([name, title]) => new Option(title, name)));
  field.value = value;
  if (field.selectedIndex < 0) field.selectedIndex = 0;
}

const numberOf = (value: string): number | null => (value === "" ? null : Number(value));
