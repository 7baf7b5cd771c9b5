// Silence: a part of the network silenced, forced or scaled, with the answer before and after beside each other.

import type { Intervention, MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import type { Answer } from "../question";
import type { Store } from "../store";
import { drawAnswers, largestOf } from "./answers";
import { describe, put, takeBack, undo } from "./interventions";
import { fits, indexOf, kindsOf, mostOf, type PartKind, startOf } from "./parts";

// As explorer/results/what_if_results.py has it.
export interface AnswerNumbers {
  names: string[]; numbers: Tensor; shares: Tensor; node: string; shape: number[];
  mix: string; heads: number; before_heads: number;
}

const ACTIONS = ["zero", "mean", "force", "scale"] as const, NONE: Intervention[] = [];
const LARGEST = 3.4028234663852886e38;  // of a float32: explorer/intervention/interventions.py

export const makeSilence: MakePart = (host, data, _trigger, store) => new SilencePart(host, data, store);

class SilencePart implements Part {
  private readonly node = make("select", "of-select");
  private readonly kind = make("select", "of-select");
  private readonly at = make("input", "what-if-at");
  private readonly action = make("select", "of-select");
  private readonly value = make("input", "what-if-value");
  private readonly apply = button("", "", () => this.put());
  private readonly labels = [this.node, this.kind, this.at, this.action, this.value].map((control) => {
    const label = make("label", "of-label"), name = make("span");
    label.append(name, control);
    return { label, name, control };
  });
  private readonly said = make("p", "what-if-said");
  private readonly list = make("ul", "what-if-list");
  private readonly answers = make("div", "what-if-answers");
  private readonly stops: (() => void)[];
  private before: AnswerNumbers | null = null;
  private after: AnswerNumbers | null = null;
  private readonly sentences = { before: "", after: "" };

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    const head = make("form", "what-if-head");
    head.append(...this.labels.map(({ label }) => label), this.apply);
    head.addEventListener("submit", (event) => { event.preventDefault(); this.put(); });
    this.value.type = "number";
    this.value.step = "any";
    this.value.value = "2";
    this.said.setAttribute("aria-live", "polite");
    this.answers.dataset.testid = "what-if-answers";
    host.append(head, this.said, this.list, this.answers);
    this.node.addEventListener("change", () => this.store.set({ node: this.node.value, unit: null }));
    this.kind.addEventListener("change", () => this.dressControls(true));
    this.action.addEventListener("change", () => this.dressControls(false));
    for (const typed of [this.at, this.value]) typed.addEventListener("input", () => this.dressControls(false));
    this.update(data);
    const failed = (which: "before" | "after") => () => this.tell(which, this.data.words.failed!);
    this.stops = [
      store.follow(data.probe, () => this.asked(), (answer) => this.take("after", answer), failed("after")),
      store.follow(data.probe, () => this.asked(), (answer) => this.take("before", answer), failed("before"), (look) => ({ ...look, interventions: NONE })),
      store.watch((_look, changed) => {
        if (changed.includes("node") || changed.includes("unit")) this.dressControls(true);
        if (changed.includes("interventions")) this.show();
      }),
    ];
  }

  private asked(): object {
    const { node } = this.store.look;
    return this.isKnown(node) ? { node } : {};
  }

  private isKnown(node: string): boolean {
    return (this.data.options.nodes as { address: string }[]).some(({ address }) => address === node);
  }

  private take(which: "before" | "after", { results, sentence }: Answer): void {
    const found = results[0] as unknown as AnswerNumbers | undefined, isOther = found?.node !== this.before?.node;
    this[which] = found ?? null;
    if (which === "before") this.dressControls(isOther);
    this.tell(which, found ? "" : sentence);
  }

  private tell(which: "before" | "after", sentence: string): void {
    this.sentences[which] = sentence;
    this.show();
  }

  // ---- what is chosen

  private chosenKind(): PartKind | undefined {
    return this.before ? kindsOf(this.before).find(({ name }) => name === this.kind.value) : undefined;
  }

  // anew: the part is that of the unit looked at, not the one that was typed.
  private dressControls(anew: boolean): void {
    const { words } = this.data, { look } = this.store, kinds = this.before?.shape.length ? kindsOf(this.before) : [], chosen = this.kind.value;
    this.node.value = this.isKnown(look.node) ? look.node : "";
    this.kind.replaceChildren(...kinds.map(({ name }) => new Option(words[`kind_${name}`]!, name)));
    this.kind.value = kinds.some(({ name }) => name === chosen) ? chosen : (kinds[1] ?? kinds[0])?.name ?? "";
    const kind = this.chosenKind();
    if (anew && kind) this.at.value = startOf(kind, look.unit).join(", ");
    const has = [true, kinds.length > 0, (kind?.axes.length ?? 0) > 0, kinds.length > 0, this.takesValue()];
    this.labels.forEach(({ label }, n) => { label.hidden = !has[n]; });
    const isFitting = Boolean(kind && fits(kind, this.at.value));
    const hasValue = this.typedValue() !== null;
    this.apply.disabled = !isFitting || !hasValue;
    this.value.setAttribute("aria-invalid", String(!hasValue));
    this.at.setAttribute("aria-invalid", String(Boolean(kind) && !isFitting));
    this.at.title = kind ? fill(words.at!, { most: mostOf(kind).join(", ") }) : "";
  }

  private put(): void {
    const kind = this.chosenKind(), value = this.typedValue();
    if (!kind || !fits(kind, this.at.value) || value === null) return;
    put(this.store, { node: kind.node, index: indexOf(kind, this.at.value), action: this.action.value as Intervention["action"], value });
  }

  private takesValue(): boolean {
    return this.action.value === "force" || this.action.value === "scale";
  }

  // 0 where the action takes none; null for what is no number that the network can compute with.
  private typedValue(): number | null {
    if (!this.takesValue()) return 0;
    const value = this.value.value === "" ? NaN : Number(this.value.value);
    return Math.abs(value) <= LARGEST ? value : null;
  }

  // ---- what came of it

  private show(): void {
    const { words } = this.data, { interventions } = this.store.look, sentence = this.sentences.after || this.sentences.before;
    const none = interventions.length ? "" : words.none!;
    setText(this.said, sentence || none || this.verdict());
    this.said.classList.toggle("what-if-verdict", !sentence && !none);
    this.list.replaceChildren(...interventions.map((one) => {
      const item = make("li"), back = button("✕", fill(words.take_back!, { part: describe(one, words) }), () => takeBack(this.store, one));
      item.append(make("span", "", describe(one, words)), back);
      return item;
    }));
    if (interventions.length > 1) {
      const item = make("li"), last = button(`↶ ${words.undo_last}`, words.undo_last!, () => undo(this.store)), all = button(words.reset_all!, words.reset_all!, () => this.store.set({ interventions: NONE }));
      item.append(last, all);
      this.list.append(item);
    }
    this.answers.replaceChildren(...(this.before && this.after && !sentence ? drawAnswers(this.before, this.after, words) : []));
  }

  private verdict(): string {
    const { before, after } = this, { words } = this.data;
    if (!before || !after || before.names.length !== after.names.length) return "";
    if (!before.shares.data.length || [before, after].some(({ numbers: { data } }) => [...data].some(Number.isNaN))) return "";
    const [one, other] = [before, after].map(({ numbers: { data } }) => largestOf(data));
    return one === other ? fill(words.stays!, { name: before.names[one!]! }) : fill(words.becomes!, { before: before.names[one!]!, after: after.names[other!]! });
  }

  update(data: PartData): void {
    this.data = data;
    const { words } = data, nodes = data.options.nodes as { address: string; title: string }[], chosen = this.action.value;
    [words.node, words.part, words.number, words.action, words.value].forEach((name, n) => {
      setText(this.labels[n]!.name, name!);
      this.labels[n]!.control.setAttribute("aria-label", name!);
    });
    this.node.replaceChildren(new Option(words.choose_node!, ""), ...nodes.map(({ address, title }) => new Option(title, address)));
    this.action.replaceChildren(...ACTIONS.map((name) => new Option(words[`action_${name}`]!, name)));
    this.action.value = chosen || "zero";
    this.apply.textContent = words.apply!;
    this.apply.title = words.apply!;
    this.apply.setAttribute("aria-label", words.apply!);
    this.value.title = words.largest!;
    this.dressControls(true);
    this.show();
  }

  end(): void {
    for (const stop of this.stops) stop();
  }
}

