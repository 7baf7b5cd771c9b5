// Two answers beside each other, output by output: probabilities as bars, and the change of each number.

import type { Words } from "../contract";
import { make } from "../dom";
import { fill, filled, formatNumber } from "../../../common/numbers";
import type { AnswerNumbers } from "./silence";

const MOST = 10;

export function drawAnswers(before: AnswerNumbers, after: AnswerNumbers, words: Words): HTMLElement[] {
  const hasShares = before.shares.data.length > 0, head = make("div", "what-if-row what-if-titles"), places = shownPlaces(before, after);
  head.append(make("span"), ...(hasShares ? [make("span", "", words.before), make("span", "", words.after)] : []), make("span", "what-if-change", hasShares ? words.logit : words.prediction));
  const [best, next] = [before, after].map(({ numbers: { data } }) => largestOf(data)), rest = before.names.length - places.length;
  const rows = places.map((place) => {
    const row = make("div", "what-if-row"), name = make("span", "what-if-name", before.names[place]);
    row.append(name, ...(hasShares ? [bar(before.shares.data[place]!, place === best), bar(after.shares.data[place]!, place === next)] : []), change(before.numbers.data[place]!, after.numbers.data[place]!));
    return row;
  });
  return [head, ...rows, ...(rest > 0 ? [make("p", "answer-rest", fill(words.more!, { count: rest }))] : [])];
}

// All in their own order where they are few, else those with the largest numbers on either side.
function shownPlaces({ numbers: { data } }: AnswerNumbers, after: AnswerNumbers): number[] {
  const places = [...data.keys()], size = (place: number) => Math.max(data[place]!, after.numbers.data[place]!);
  return places.length <= MOST ? places : places.sort((a, b) => size(b) - size(a)).slice(0, MOST);
}

export function largestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let n = 1; n < values.length; n++) if (values[n]! > values[best]!) best = n;
  return best;
}

function bar(share: number, isBest: boolean): HTMLElement {
  const cell = make("span", isBest ? "what-if-bar best" : "what-if-bar"), track = make("span", "track"), part = make("i");
  part.style.width = filled(share);
  track.append(part);
  cell.append(track, make("span", "number", `${(100 * share).toFixed(1)} %`));
  return cell;
}

function change(before: number, after: number): HTMLElement {
  const by = after - before, cell = make("span", "what-if-change"), sign = by > 0 ? "+" : "";
  cell.append(`${formatNumber(before)} → ${formatNumber(after)} `, make("b", by < 0 ? "down" : by > 0 ? "up" : "", `${sign}${formatNumber(by, 3)}`));
  return cell;
}
