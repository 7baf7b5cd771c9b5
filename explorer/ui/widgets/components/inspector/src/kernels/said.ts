// What is under the pointer in words, and the scale of the colors.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import { BIAS, columnName, columnsOf, fromOf, type Kernels, rowName, rowsOf } from "./contract";
import type { Spot } from "./layout";
import { isChange, limitFor, type Scale, type Show, shownBias, shownValues } from "./numbers";

export interface Setting { show: Show; scale: Scale; fixed: number; words: Words }

export function scaleLine(page: Kernels, { show, scale, fixed, words }: Setting, row: number): string {
  const limit = limitFor(page, show, scale, fixed)(row);
  const since = isChange(page, show) ? ` · ${fill(words.since!, { step: page.initial_step.toLocaleString("en-US") })}` : "";
  return `${fill(words.scale!, { limit: formatNumber(limit) })}${since} · ${words.hint!}`;
}

export function spotLine(page: Kernels, { show, words }: Setting, spot: Spot): string {
  const row = spot.row - page.first[0], column = spot.column - page.first[1], isBias = spot.column === BIAS;
  if (row < 0 || row >= rowsOf(page) || (!isBias && (column < 0 || column >= columnsOf(page)))) return words.waiting!;
  const to = `${words[`axis_${page.axes[0]}`] ?? ""} ${rowName(page, row)}`.trim(), numbers = statistics(page, row, words);
  if (isBias) return `${to} · ${page.axes[1] === "scale" ? words.shift : words.bias} = ${formatNumber(shownBias(page, show)[row]!)} · ${numbers}`;
  const [, , high, wide] = page.size, at = high * wide > 1 ? ` (${Math.floor(spot.at / wide)}, ${spot.at % wide})` : "";
  const value = shownValues(page, show)[fromOf(page, { row, column }) + spot.at]!;
  return `${to} ← ${`${words[`axis_${page.axes[1]}`] ?? ""} ${columnName(page, column)}`.trim()}${at} = ${formatNumber(value)} · ${numbers}`;
}

function statistics(page: Kernels, row: number, words: Words): string {
  const [mean, deviation, norm] = page.statistics.data.slice(3 * row, 3 * row + 3);
  return fill(words.statistics!, { mean: formatNumber(mean!), deviation: formatNumber(deviation!), norm: formatNumber(norm!) });
}
