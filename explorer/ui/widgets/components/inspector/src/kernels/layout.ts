// Where each kernel of a table is, in a room that is scrolled: the rows' names and biases stay at the left, the columns' at the top.

import { areaOf, BIAS, isMatrix, type Kernels } from "./contract";
import type { Box } from "../path/layout";

export interface Layout {
  rows: number; columns: number; wide: number; high: number; gap: number;  // of a kernel, and between two
  left: number; top: number;                                              // of the names
  bias: number;                                                           // width of the biases' column, 0 for none
  beside: number;                                                         // width of what is drawn beside each kernel
  width: number; height: number;                                          // of the whole room
}

export interface Spot { row: number; column: number; at: number }  // in the order of the whole table; at: the weight within the kernel

const EDGE = 3, NAMES = 58, HEAD = 24, BIAS_PX = 52, KERNEL = { least: 30, most: 92, cell: 11 }, WEIGHT = { least: 11, most: 46, high: 24 };

export function lay(page: Kernels, width: number, height: number, isBeside: boolean): Layout {
  const [rows, columns, high, wide] = page.size, matrix = isMatrix(page), bias = page.bias.data.length ? BIAS_PX : 0;
  const left = NAMES + bias + 6, gap = matrix ? (Math.max(rows, columns) <= 48 ? 1 : 0) : 6, room = (width - left - 4) / columns - gap;
  const side = matrix ? clamp(room, WEIGHT.least, WEIGHT.most) : clamp(room / (isBeside ? 2 : 1), KERNEL.least, Math.max(KERNEL.least, Math.min(KERNEL.most, KERNEL.cell * Math.max(high, wide) + 12)));
  const [w, h] = matrix ? [side, clamp((height - HEAD) / rows - gap, WEIGHT.least, WEIGHT.high)] : [side * Math.min(1, wide / high), side * Math.min(1, high / wide)];
  const least = matrix ? 0 : 20, beside = isBeside && !matrix ? side + 2 : 0;
  const each = { wide: Math.max(w, least), high: Math.max(h, matrix ? 0 : 16) };
  return { rows, columns, ...each, gap, left, top: HEAD, bias, beside, width: left + columns * (each.wide + beside + gap) + 4, height: HEAD + EDGE + rows * (each.high + gap) + 4 };
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export const stepX = ({ wide, beside, gap }: Layout): number => wide + beside + gap;
export const stepY = ({ high, gap }: Layout): number => high + gap;

// Of a kernel or a bias, within the window that is scrolled to (x, y).
export function boxOf(layout: Layout, { row, column }: { row: number; column: number }, x: number, y: number): Box {
  const top = layout.top + EDGE + row * stepY(layout) - y;
  if (column === BIAS) return { x: NAMES, y: top, width: layout.bias - 6, height: layout.high };
  return { x: layout.left + column * stepX(layout) - x, y: top, width: layout.wide, height: layout.high };
}

// The rows and columns that can be seen, as [first, last + 1].
export function seen(layout: Layout, x: number, y: number, width: number, height: number): { rows: [number, number]; columns: [number, number] } {
  const from = (at: number, step: number) => Math.max(0, Math.floor(at / step)), to = (at: number, step: number, count: number) => Math.min(count, Math.ceil(at / step));
  return { rows: [from(y, stepY(layout)), to(y + height - layout.top, stepY(layout), layout.rows)],
           columns: [from(x, stepX(layout)), to(x + width - layout.left, stepX(layout), layout.columns)] };
}

export function spotAt(layout: Layout, page: Kernels, x: number, y: number, scroll: { x: number; y: number }): Spot | null {
  const row = Math.floor((y - layout.top - EDGE + scroll.y) / stepY(layout));
  if (y < layout.top || row < 0 || row >= layout.rows) return null;
  if (x < layout.left) return layout.bias && x >= NAMES && x < NAMES + layout.bias ? { row, column: BIAS, at: 0 } : null;
  const column = Math.floor((x - layout.left + scroll.x) / stepX(layout));
  if (column >= layout.columns) return null;
  const box = boxOf(layout, { row, column }, scroll.x, scroll.y), [, , high, wide] = page.size;
  const down = Math.min(high - 1, Math.max(0, Math.floor(((y - box.y) / box.height) * high))), across = Math.min(wide - 1, Math.max(0, Math.floor(((x - box.x) / box.width) * wide)));
  return { row, column, at: Math.min(areaOf(page) - 1, down * wide + across) };
}
