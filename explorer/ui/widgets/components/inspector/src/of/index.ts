// What is differentiated: the loss, or one output, for all that shows gradients; or a class, for what takes no loss.

import type { MakePart, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";

interface Differentiated { of: string; what: string; value: number; loss: string; note: string; kind: string; names: string[] }

// What the loss is called here.
const own = (of: string): string => (of === "loss" ? "" : of);

export const makeOf: MakePart = (host, data, _trigger, store) => {
  const label = make("label", "of-label"), title = make("span"), select = make("select", "of-select"), value = make("b", "of-value"), note = make("span", "of-note");
  // of a class's number only: what "" stands for there, in place of the loss
  let words = data.words, predicted: string = data.options.predicted ?? "", known = "";
  select.dataset.testid = "of";
  note.setAttribute("aria-live", "polite");
  label.append(title, select);
  host.append(label, value, note);
  select.addEventListener("change", () => store.set({ of: select.value }));
  const offer = ({ kind, names, loss }: Differentiated) => {
    const { of } = store.look, pair = of.includes("-") ? of.split("-").map((place) => names[Number(place)] ?? place) : null;
    const offered = JSON.stringify([kind, names, loss, predicted, words, pair]);
    if (offered === known) return;
    known = offered;
    select.replaceChildren(new Option(predicted || loss, ""), ...names.map((name, place) => new Option(predicted ? name : fill(words[kind]!, { name }), String(place))));
    if (pair) select.append(new Option(`${pair[0]} − ${pair[1]}`, of));
  };
  const show = ({ results, sentence }: { results: unknown[]; sentence: string }) => {
    const found = results[0] as Differentiated | undefined;
    if (found) offer(found);
    select.value = own(store.look.of);
    const isPredicted = predicted && !store.look.of;
    setText(value, found && !isPredicted ? `= ${formatNumber(found.value)}` : "");
    setText(note, found ? (found.of || isPredicted ? "" : found.note) : sentence);
  };
  const fillIn = (newer: PartData) => {
    words = newer.words;
    predicted = newer.options.predicted ?? "";
    title.textContent = newer.options.title ?? words.of!;
    if (!select.options.length) select.append(new Option(words.waiting!, own(store.look.of)));
  };
  fillIn(data);
  const unfollow = store.follow(data.probe, () => ({ of: own(store.look.of) }), show, () => setText(note, words.failed!));
  return { update: fillIn, end: unfollow };
};
