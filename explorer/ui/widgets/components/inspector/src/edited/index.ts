// What was changed by hand of the weights, on every tab: how much, the way back, and a run that goes on from there.

import type { MakePart, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { canRedo, canUndo, change, countOf, historyKey, redo, undo } from "../kernels/edits";

const MOST_NAMED = 3;

export const makeEdited: MakePart = (host, data, trigger, store) => {
  const line = make("div", "edited-line"), said = make("span", "edited-said"), abort = new AbortController();
  let { words } = data;
  const back = button("↶", "", () => undo(store)), again = button("↷", "", () => redo(store)), none = button("", "", () => change(store, []));
  const keep = button("", "", () => trigger("picked", { run: store.look.run, step: store.look.step, edits: store.look.edits }));
  keep.dataset.testid = "keep-edits";
  said.setAttribute("aria-live", "polite");
  line.append(said, back, again, none, keep);
  host.append(line);
  const show = () => {
    const { edits } = store.look, names = [...new Set(edits.map(({ parameter }) => parameter))], count = countOf(edits);
    line.hidden = !edits.length && !canRedo(store);
    const listed = names.slice(0, MOST_NAMED).join(", ") + (names.length > MOST_NAMED ? ", …" : "");
    setText(said, !count ? words.none_changed! : fill(count === 1 ? words.one_changed! : words.changed!, { count: count.toLocaleString("en-US"), names: listed }));
    back.disabled = !canUndo(store);
    again.disabled = !canRedo(store);
    none.disabled = keep.disabled = !edits.length;
  };
  const dress = (newer: PartData) => {
    ({ words } = newer);
    for (const [element, name] of [[back, words.undo], [again, words.redo]] as [HTMLElement, string][]) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    [none.textContent, keep.textContent] = [words.reset_all!, words.keep!];
    [none.title, keep.title] = [words.reset_all!, words.kept!];
    for (const element of [none, keep]) element.setAttribute("aria-label", element.textContent!);
    show();
  };
  dress(data);
  const unwatch = store.watch((_look, changed) => { if (changed.includes("edits") || changed.includes("run")) show(); });
  host.addEventListener("keydown", (event) => historyKey(event, store), { signal: abort.signal });
  return { update: dress, end() { abort.abort(); unwatch(); } };
};
