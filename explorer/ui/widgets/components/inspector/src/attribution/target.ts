// What is explained: the predicted class, any class, the difference of two, the loss.

import type { Words } from "../contract";
import { make } from "../dom";
import type { Store } from "../store";
import type { Menu } from "./contract";

export class Target {
  readonly element = make("div", "attribution-target");
  private readonly names = [make("span"), make("span")] as const;
  private readonly first = make("select", "of-select");
  private readonly second = make("select", "of-select");
  private readonly minus: HTMLElement;
  private offered = "";
  private predicted = 0;

  constructor(private readonly store: Store) {
    const [label, minus] = [make("label", "of-label"), make("label", "of-label")];
    this.minus = minus;
    label.append(this.names[0], this.first);
    minus.append(this.names[1], this.second);
    this.first.dataset.testid = "target";
    this.second.dataset.testid = "minus";
    this.element.append(label, minus);
    for (const select of [this.first, this.second]) select.addEventListener("change", () => this.choose());
  }

  offer({ numbers, predicted, by_itself, loss }: Menu, words: Words): void {
    const offered = JSON.stringify([numbers, by_itself, loss, words]);
    if (offered !== this.offered) {
      this.offered = offered;
      this.predicted = predicted;
      this.names[0].textContent = words.explained!;
      this.names[1].textContent = words.minus!;
      this.second.setAttribute("aria-label", words.minus_hint!);
      this.second.title = words.minus_hint!;
      const each = () => (numbers.length > 1 ? numbers : []).map((name, place) => new Option(name, String(place)));
      this.first.replaceChildren(new Option(by_itself, ""), ...each(), new Option(loss, "loss"));
      this.minus.hidden = numbers.length < 2;
      this.second.replaceChildren(new Option(words.nothing!, ""), ...each());
    }
    this.show();
  }

  show(): void {
    const [first, second = ""] = this.store.look.of.split("-");
    this.first.value = first!;
    this.second.value = second;
    this.second.disabled = first === "loss";
  }

  private choose(): void {
    const { value: first } = this.first, { value: second } = this.second;
    const from = first || String(this.predicted);
    this.store.set({ of: first === "loss" || !second || second === from ? first : `${from}-${second}` });
    this.show();
  }
}
