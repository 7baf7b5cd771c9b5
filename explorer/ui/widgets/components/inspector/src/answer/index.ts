// The network's answer to what is looked at: bars, quantities or words, each under the title of its probe.

import type { MakePart, PartData } from "../contract";
import { swipe } from "../beside/swipe";
import { make, setText } from "../dom";
import { fill, filled, formatNumber } from "../../../common/numbers";
import type { Item } from "../../../common/results";
import type { Tensor } from "../../../common/tensors";
import { type Side, twinOf } from "../twins";

const MOST_BARS = 10;

export const makeAnswer: MakePart = (host, data, _trigger, store) => {
  const body = make("div", "answer-body"), sentence = make("p", "answer-sentence");
  let { words } = data;
  body.setAttribute("aria-live", "polite");
  host.append(body, sentence);
  const unfollow = store.follow(data.probe, () => data.options.asked ?? {}, ({ results, sentence: why }) => {
    setText(sentence, why);
    body.hidden = Boolean(why);
    if (!why) body.replaceChildren(...results.flatMap((item) => draw(item, words, store.side)));
  });
  return { update(newer: PartData) { ({ words } = newer); }, end: unfollow };
};

function draw(item: Item, words: Record<string, string>, side: Side): HTMLElement[] {
  switch (item.type) {
    case "Bars": return drawBars(item, words, side);
    case "Quantities": return drawQuantities(item, side);
    case "Writing": return [make("p", "answer-words", item.written)];
    default: return [];
  }
}

// The largest first where there are too many to show in their own order.
function drawBars(item: Item, words: Record<string, string>, side: Side): HTMLElement[] {
  const values = [...(item.values as Tensor).data], other = twinOf(item)?.values.data, labels = item.labels as string[];
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!), shown = order.slice(0, MOST_BARS);
  if (values.length <= MOST_BARS) shown.sort((a, b) => a - b);
  const rows = shown.map((place) => {
    const row = make("div", place === item.highlight ? "bar best" : "bar"), track = make("span", "track"), share = make("i");
    share.style.width = filled(values[place]!);
    track.append(share);
    row.append(make("span", "name", labels[place]), track, make("span", "number", written(values[place]!, other?.[place], side, percentText)));
    row.title = formatNumber(values[place]!);
    return row;
  });
  const rest = values.length - shown.length;
  return rest > 0 ? [...rows, make("p", "answer-rest", fill(words.more!, { count: rest }))] : rows;
}

// With the number of the swipe's other side, each where its side is; both sides write the same, so that the handle cuts none.
function written(own: number, other: number | undefined, side: Side, format: (value: number) => string): string {
  if (other === undefined) return format(own);
  const isOwnLeft = (side === "page") !== swipe.isLeft;
  return (isOwnLeft ? [own, other] : [other, own]).map((value) => format(value)).join(" | ");
}

function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function drawQuantities(item: Item, side: Side): HTMLElement[] {
  const values = (item.values as Tensor).data, other = twinOf(item)?.values.data, unit = item.unit as string;
  return (item.labels as string[]).map((label, place) => {
    const row = make("div", "quantity");
    row.append(make("span", "name", label), make("b", "", `${written(values[place]!, other?.[place], side, formatNumber)}${unit ? ` ${unit}` : ""}`));
    return row;
  });
}
