// What of an attribution is shown: the first sample's, its channels summed or one of them, signed or as magnitudes.

import { limitOf } from "../scene";
import { twinOf } from "../twins";
import type { Tensor, Values } from "../../../common/tensors";
import type { Chosen } from "./choices";
import type { Attribution } from "./contract";

export interface Shown { values: Values; rows: number; columns: number; isSigned: boolean }

const made = new WeakMap<object, Map<string, Shown>>();

export const channelsOf = ({ kind, values: { shape } }: Attribution): number => (kind === "image" || shape.length === 4 ? (shape.length === 4 ? shape[1]! : 1) : 1);

export function shownOf(found: Attribution, { channel, sign }: Chosen): Shown {
  const { data } = found.values, own = made.get(data) ?? new Map<string, Shown>(), key = `${channel}${sign}`;
  made.set(data, own);
  if (!own.has(key)) own.set(key, make(found.values, channel, sign === "signed"));
  return own.get(key)!;
}

function make({ data, shape }: Tensor, channel: number, isSigned: boolean): Shown {
  const channels = shape.length === 4 ? shape[1]! : 1, [rows, columns] = shape.length > 2 ? (shape.slice(-2) as [number, number]) : [1, shape.at(-1) ?? 0];
  const size = rows * columns, summed = channel < 0 || channel >= channels, values = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    let sum = 0;
    if (summed) for (let each = 0; each < channels; each++) sum += data[each * size + at]!;
    else sum = data[channel * size + at]!;
    values[at] = isSigned ? sum : Math.abs(sum);
  }
  return { values, rows, columns, isSigned };
}

// The end of a panel's scale, of both sides of the swipe.
export function ownLimit(found: Attribution, chosen: Chosen): number {
  const twin = twinOf(found), own = largestOf(found, chosen);
  return Math.max(own, twin ? largestOf(twin, chosen) : 0) || 1;
}

// 0 where all is zero.
function largestOf(found: Attribution, chosen: Chosen): number {
  const { values } = shownOf(found, chosen);
  return values.some((value) => value !== 0 && Number.isFinite(value)) ? limitOf(values) : 0;
}

export function sharedLimit(all: Attribution[], chosen: Chosen): number {
  return Math.max(...all.flatMap((found) => [largestOf(found, chosen), twinOf(found) ? largestOf(twinOf(found)!, chosen) : 0]), 0) || 1;
}
