// What is drawn of a page: the weights, or their change; with the scale of each row.

import type { Values } from "../../../common/tensors";
import { twinOf } from "../twins";
import { areaOf, columnsOf, type Kernels, rowsOf } from "./contract";
import { responseOf, type Response } from "./frequency";

export type Show = "weights" | "change" | "frequency";
export type Scale = "row" | "layer" | "fixed";

const changes = new WeakMap<Values, Values>();

export const isChange = (page: Kernels, show: Show): boolean => show === "change" && page.initial.data.length === page.values.data.length;

export function shownValues(page: Kernels, show: Show): Values {
  return isChange(page, show) ? difference(page.values.data, page.initial.data) : page.values.data;
}

export function shownBias(page: Kernels, show: Show): Values {
  return isChange(page, show) && page.initial_bias.data.length ? difference(page.bias.data, page.initial_bias.data) : page.bias.data;
}

function difference(now: Values, before: Values): Values {
  if (!changes.has(now)) changes.set(now, Float32Array.from(now, (value, n) => value - before[n]!));
  return changes.get(now)!;
}

const rowLimits = new WeakMap<Values, number[]>();

// The magnitude that has the full color, by row of the page; `fixed` is the one that was chosen.
export function limitFor(page: Kernels, show: Show, scale: Scale, fixed: number): (row: number) => number {
  if (scale === "fixed") return () => fixed || 1;
  if (scale === "layer") return () => layerLimit(page, show) || 1;
  const twin = twinOf(page), limits = limitsOfRows(page, show), others = twin ? limitsOfRows(twin, show) : [];
  return (row) => Math.max(limits[row] ?? 0, others[row] ?? 0) || 1;
}

function limitsOfRows(page: Kernels, show: Show): number[] {
  const values = shownValues(page, show);
  if (!rowLimits.has(values)) {
    const size = columnsOf(page) * areaOf(page);
    rowLimits.set(values, Array.from({ length: rowsOf(page) }, (_, row) => largest(values.subarray(row * size, (row + 1) * size))));
  }
  return rowLimits.get(values)!;
}

// Of the whole table, of both sides of the swipe where there is another; a change by hand may be larger than what the server knew.
export function layerLimit(page: Kernels, show: Show): number {
  const field = isChange(page, show) ? "change_limit" : "limit";
  return Math.max(page[field], twinOf(page)?.[field] ?? 0);
}

export function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let n = 0; n < values.length; n++) if (Math.abs(values[n]!) > found && Number.isFinite(values[n])) found = Math.abs(values[n]!);
  return found;
}

const responses = new WeakMap<Values, Map<number, Response>>();

export function responseAt(page: Kernels, from: number): Response {
  const values = page.values.data, known = responses.get(values) ?? new Map<number, Response>();
  responses.set(values, known);
  if (!known.has(from)) known.set(from, responseOf(values, from, page.size[2], page.size[3]));
  return known.get(from)!;
}
