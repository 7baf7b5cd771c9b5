// Buttons that go on: toward the loss through what reads the value, toward the input through what it was computed from.

import type { Words } from "../contract";
import { button, make } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { type BackwardView, LOSS, nameOf, type Stop, stopAt } from "./contract";

const MOST = 12;

export class Onward {
  readonly element = make("div", "backward-onward");

  constructor(private readonly go: (stop: Stop) => void) {}

  show({ paths, sources }: BackwardView, words: Words): void {
    const readers = paths.filter((path) => path.node).map((path): [Stop, number, boolean] => [{ node: path.node, unit: path.toward.length ? path.toward : null, parameter: "" }, path.gradient, true]);
    this.element.replaceChildren(
      ...this.group(words.toward_loss!, readers, words), ...this.group(words.toward_input!, sources.map((source): [Stop, number, boolean] => [stopAt(source), source.gradient, source.trained]), words));
  }

  private group(title: string, stops: [Stop, number, boolean][], words: Words): HTMLElement[] {
    if (!stops.length) return [];
    const made = make("div", "backward-group");
    made.append(make("span", "backward-label", title), ...stops.slice(0, MOST).map(([stop, gradient, trained]) => this.one(stop, gradient, trained, words)));
    return [made];
  }

  private one(stop: Stop, gradient: number, trained: boolean, words: Words): HTMLElement {
    const name = stop.node === LOSS ? words.loss! : nameOf(stop), made = button("", fill(words.go!, { name }), () => this.go(stop));
    made.classList.add("backward-chip");
    made.append(make("span", "", name), make("b", "", formatNumber(gradient)), ...(trained ? [] : [make("i", "", words.frozen!)]));
    return made;
  }
}
