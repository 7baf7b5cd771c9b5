// The block that is walked into, by its address; the whole network to begin with.

import type { MakePart, PartData } from "../contract";
import { make } from "../dom";
import { store } from "../store";

export const makeInside: MakePart = (host, data) => {
  const label = make("label", "inside-label"), select = make("select", "inside-select"), title = make("span");
  select.dataset.testid = "inside";
  label.append(title, select);
  host.append(label);
  select.addEventListener("change", () => store.set({ inside: select.value }));
  const show = () => { select.value = store.look.inside; };
  const fillIn = ({ words, options }: PartData) => {
    title.textContent = words.part!;
    select.replaceChildren(new Option(words.whole, ""), ...(options.blocks as [string, string][]).map(([address, kind]) =>
      new Option(`${"  ".repeat(address.split(".").length - 1)}${address} · ${kind}`, address)));
    show();
  };
  fillIn(data);
  return { update: fillIn, end: store.watch((_look, changed) => { if (changed.includes("inside")) show(); }) };
};
