// What the weight of a pair is made of: the rows of query, key and value, and the sentence with the numbers.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import { limitOf, type Shape } from "../scene";
import { twinOf } from "../twins";
import { type AttentionView, type Chosen, type Side, tokensOf } from "./contract";
import { isHidden, MEAN, pairNumber, rowOf, weightOf } from "./weights";

const ROW_PX = 13;

export function drawRows(view: AttentionView, chosen: Chosen, box: Box, paper: Paper, words: Words): Shape[] {
  const rows = [["queries", words.q!, chosen.query], ["keys", words.k!, chosen.key], ["values", words.v!, chosen.key]] as const;
  return rows.flatMap(([name, letter, token], place) => {
    const values = chosen.window === view.unit[0] ? rowOf(view, name, chosen.head, token) : null, y = box.y + 6 + place * (ROW_PX + 7), x = box.x + 92;
    const said: Shape = { kind: "text", x: box.x, y: y + ROW_PX / 2, words: fill(letter, { token }), color: values ? paper.text : paper.muted, px: 12, most: 88 };
    if (!values) return [said];
    const twin = twinOf(view), other = twin && rowOf(twin, name, chosen.head, token), limit = Math.max(limitOf(values), other ? limitOf(other) : 0), width = Math.min(box.width - 156, 30 * values.length);
    return [said, { kind: "map", x, y, width, height: ROW_PX, values, from: 0, rows: 1, columns: values.length, limit, colors: paper.signed } as Shape,
      { kind: "rect", x, y, width, height: ROW_PX, stroke: paper.grid } as Shape,
      { kind: "text", x: x + width + 8, y: y + ROW_PX / 2, words: `±${formatNumber(limit, 3)}`, color: paper.muted, px: 12 } as Shape];
  });
}

export function nameOfToken(view: AttentionView, side: Side, token: number, words: Words): string {
  const name = view.names[token];
  return fill(side === "query" ? words.query! : words.key!, { token: name === undefined ? token : `${token} “${name}”` });
}

// Score and weight in numbers, as far as they are here.
export function saying(view: AttentionView, chosen: Chosen, words: Words): string {
  const weight = weightOf(view, chosen), where = `${chosen.head === MEAN ? words.mean! : fill(words.head!, { head: chosen.head })}: ${nameOfToken(view, "query", chosen.query, words)} → ${nameOfToken(view, "key", chosen.key, words)}`;
  if (isHidden(view, chosen)) return `${where}   ${words.hidden_pair!}`;
  const score = pairNumber(view, "scores", chosen), added = pairNumber(view, "added", chosen), features = view.pair.queries.shape[2]!;
  const product = view.pair.scale === 0 ? words.score! : isRoot(view.pair.scale, features) ? fill(words.product!, { features }) : fill(words.scaled!, { scale: formatNumber(view.pair.scale) });
  const parts = Number.isNaN(score) ? [] : [`${product} = ${formatNumber(score)}`, ...(Number.isNaN(added) || !view.pair.added.data.length ? [] : [fill(words.added!, { added: formatNumber(added) })])];
  const share = fill(chosen.head === MEAN ? words.mean_weight! : words.weight!, { weight: Number.isNaN(weight) ? words.no_number! : formatNumber(weight) });
  return [where, ...parts, share].join("   ");
}

const isRoot = (scale: number, features: number): boolean => Math.abs(scale * Math.sqrt(features) - 1) < 1e-4;

// One token further, along the row or to the next one; null where there is none.
export function nextToken(view: AttentionView, side: Side, token: number, by: number): number | null {
  const next = token + by;
  return next >= 0 && next < tokensOf(view, side) ? next : null;
}
