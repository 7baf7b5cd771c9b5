// The list of methods that can be put beside the others.

import type { Words } from "../contract";
import { make } from "../dom";
import { fill } from "../../../common/numbers";
import { hoverOf, type Menu, MOST_METHODS } from "./contract";

export class Adding {
  readonly element = make("div", "attribution-adding");
  private readonly opener = make("button", "inspector-button");
  private readonly list = make("div", "attribution-list");
  private offered = "";

  constructor(private readonly add: (method: string) => void) {
    this.opener.type = "button";
    this.opener.setAttribute("aria-haspopup", "true");
    this.opener.addEventListener("click", () => this.open(this.list.hidden));
    this.list.hidden = true;
    this.element.append(this.opener, this.list);
    this.element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    this.element.addEventListener("focusout", ({ relatedTarget }) => { if (!this.element.contains(relatedTarget as Node | null)) this.open(false); });
  }

  offer({ methods }: Menu, chosen: string[], words: Words): void {
    const offered = JSON.stringify([methods.map(({ name, refused }) => [name, refused]), chosen, words]);
    if (offered === this.offered) return;
    this.offered = offered;
    this.opener.textContent = `+ ${words.add!}`;
    const isFull = chosen.length >= MOST_METHODS, others = methods.filter(({ name }) => !chosen.includes(name));
    const full = make("p", "attribution-refused", fill(words.full!, { most: MOST_METHODS }));
    this.list.replaceChildren(...(isFull ? [full] : []), ...others.map((method) => {
      const item = make("button", "attribution-item"), title = make("b", "", method.title);
      item.type = "button";
      item.title = hoverOf(method);
      item.dataset.method = method.name;
      item.setAttribute("aria-disabled", String(isFull || Boolean(method.refused)));
      item.append(title, make("span", "", method.summary), ...(method.refused ? [make("span", "attribution-refused", method.refused)] : [make("span", "attribution-use", method.when_to_use)]));
      item.addEventListener("click", () => {
        if (item.getAttribute("aria-disabled") === "true") return;
        this.close();
        this.add(method.name);
      });
      return item;
    }));
  }

  private open(isOpen: boolean): void {
    this.list.hidden = !isOpen;
    this.opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.list.querySelector("button")?.focus();
  }

  private close(): void {
    this.open(false);
    this.opener.focus();
  }
}
