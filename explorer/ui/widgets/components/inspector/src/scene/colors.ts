// Values to colors, and the ink that is readable on them.

import { twinOf } from "../twins";
import type { Colors } from "./shapes";

const SIGNED_SIZE = 511, UNSIGNED_SIZE = 256;  // zero has an entry of its own
const made = new globalThis.Map<string, Colors>();

export const rgb = (hex: string): number[] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

// stops: hex colors at equal distances, from the lowest value to the highest.
export function colorsOf(stops: string[], signed: boolean, missing: string): Colors {
  const key = `${signed}${missing}${stops}`;
  if (!made.has(key)) made.set(key, { signed, table: interpolate(stops.map(rgb), signed ? SIGNED_SIZE : UNSIGNED_SIZE), stops, missing: rgb(missing) });
  return made.get(key)!;
}

function interpolate(anchors: number[][], count: number): Uint8ClampedArray {
  const table = new Uint8ClampedArray(count * 3);
  for (let i = 0; i < count; i++) {
    const along = (i / (count - 1)) * (anchors.length - 1), left = Math.min(Math.floor(along), anchors.length - 2);
    for (let c = 0; c < 3; c++) table[i * 3 + c] = anchors[left]![c]! + (anchors[left + 1]![c]! - anchors[left]![c]!) * (along - left);
  }
  return table;
}

// The place of a value's color in the table, -1 for what is not finite.
export function entryOf({ signed, table }: Colors, value: number, limit: number): number {
  if (!Number.isFinite(value)) return -1;
  const share = signed ? (value / limit + 1) / 2 : value / limit;
  return Math.round(Math.min(1, Math.max(0, share)) * (table.length / 3 - 1)) * 3;
}

export function colorOf(colors: Colors, value: number, limit: number): number[] {
  const entry = entryOf(colors, value, limit);
  return entry < 0 ? colors.missing : [...colors.table.subarray(entry, entry + 3)];
}

export const css = (color: number[]): string => `rgb(${color.join(" ")})`;

export function inkOn([r, g, b]: number[]): string {
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 140 ? "#000000" : "#ffffff";
}

const limits = new WeakMap<object, number>();

// The largest finite magnitude, of both sides where there is another, 1 where all is zero; of an array that is never changed.
export function limitOf(values: ArrayLike<number> & object): number {
  const twin = twinOf(values);
  return Math.max(ownLimit(values), twin ? ownLimit(twin) : 0) || 1;
}

function ownLimit(values: ArrayLike<number> & object): number {
  if (!limits.has(values)) limits.set(values, largestOf(values));
  return limits.get(values)!;
}

// The largest finite magnitude, 0 where there is none.
export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest;
}
