// What is silenced, forced or scaled, on every tab: how much, and the way back.

import type { MakePart, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { describeAll, undo } from "./interventions";

const MOST_NAMED = 3;

export const makeIntervened: MakePart = (host, data, _trigger, store) => {
  const line = make("div", "edited-line"), said = make("span", "edited-said");
  let { words } = data;
  const back = button("↶", "", () => undo(store)), none = button("", "", () => store.set({ interventions: [] })), view = button("", "", () => store.open("what_if"));
  said.setAttribute("aria-live", "polite");
  line.append(said, back, none, view);
  host.append(line);
  const show = () => {
    const { interventions } = store.look, count = interventions.length;
    line.hidden = !count;
    if (count) setText(said, fill(count === 1 ? words.one_changed! : words.changed!, { count, names: describeAll(interventions, words, MOST_NAMED) }));
  };
  const dress = (newer: PartData) => {
    ({ words } = newer);
    back.title = words.undo!;
    back.setAttribute("aria-label", words.undo!);
    for (const [element, name] of [[none, words.reset_all], [view, words.view]] as [HTMLElement, string][]) {
      element.textContent = name;
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    show();
  };
  dress(data);
  const unwatch = store.watch((_look, changed) => { if (changed.includes("interventions")) show(); });
  return { update: dress, end: unwatch };
};
