// The values gone through, from the loss to the one that is looked at, each with its gradient.

import { button, make } from "../dom";
import type { Words } from "../contract";
import { formatNumber } from "../../../common/numbers";
import { type BackwardView, isSameStop, LOSS, nameOf, type Stop, stopAt, stopOf } from "./contract";

// onward: what it was computed from; isEnd: the loss itself reads it.
interface Entry { stop: Stop; gradient: number | null; onward: Stop[]; nodes: string[]; isEnd: boolean }

const START: Entry = { stop: { node: LOSS, unit: null, parameter: "" }, gradient: 1, onward: [], nodes: [], isEnd: false };

export class Trail {
  readonly element = make("nav", "backward-trail");
  private entries: Entry[] = [];

  constructor(private words: Words, private readonly go: (stop: Stop) => void) {}

  update(words: Words): void {
    this.words = words;
    this.element.setAttribute("aria-label", words.trail!);
    this.draw();
  }

  // Goes on, or back to a value gone through before; elsewhere the trail begins anew.
  reach(view: BackwardView): void {
    const stop = stopOf(view), onward = view.sources.map(stopAt), entry = { stop, gradient: view.gradient, onward, nodes: onward.map(({ node }) => node), isEnd: view.paths.some(({ node }) => node === LOSS) };
    const known = this.entries.findIndex((each) => isSameStop(each.stop, stop)), last = this.entries.at(-1);
    if (known >= 0) this.entries = [...this.entries.slice(0, known), entry];
    else if (last && leadsTo(last, stop)) this.entries.push(entry);
    else if (this.entries.length > 1 && leadsTo(this.entries.at(-2)!, stop)) this.entries = [...this.entries.slice(0, -1), entry];  // another unit of the same node
    else this.entries = [entry];
    this.draw();
  }

  // Of another input, step or class: the values stay, their gradients are asked for again.
  async renew(ask: (stop: Stop) => Promise<BackwardView | null>): Promise<void> {
    const entries = this.entries.slice(0, -1);
    for (const entry of entries) entry.gradient = null;
    for (const entry of entries) {
      const view = await ask(entry.stop).catch(() => null);
      if (!this.entries.includes(entry)) return;
      entry.gradient = view ? view.gradient : null;
      this.draw();
    }
  }

  private draw(): void {
    const { words } = this, parts: HTMLElement[] = [];
    const first = this.entries[0];
    if (first?.stop.node !== LOSS) parts.push(this.chip(START, false), make("span", "backward-gap", first?.isEnd ? "→" : "…"));
    this.entries.forEach((entry, place) => {
      if (place) parts.push(make("span", "backward-gap", "→"));
      parts.push(this.chip(entry, place === this.entries.length - 1));
    });
    this.element.replaceChildren(make("span", "backward-label", words.trail!), ...parts);
    this.element.scrollLeft = this.element.scrollWidth;
  }

  private chip({ stop, gradient }: Entry, isHere: boolean): HTMLElement {
    const name = stop.node === LOSS ? this.words.loss! : nameOf(stop), made = button("", name, () => this.go(stop));
    made.classList.add("backward-chip");
    made.append(make("span", "", name), make("b", "", gradient === null ? "…" : formatNumber(gradient)));
    made.title = `∂L/∂ ${name}`;
    if (isHere) made.setAttribute("aria-current", "step");
    return made;
  }
}

// Any unit of what an entry was computed from, and any of its own parameters' elements.
function leadsTo({ stop: from, nodes }: Entry, stop: Stop): boolean {
  if (stop.parameter) return from.node === stop.node && !from.parameter;
  return !from.parameter && from.node !== stop.node && nodes.includes(stop.node);
}
