// Which unit is looked at, as an index into the whole output and as a flat place of the values that are here: of a thinned
// output each n-th value is.

import { flatten, size, unravel } from "../rules/arrays";
import type { Operand, Operation } from "../rules/contract";

export function strongest({ output }: Operation): number {
  const { data } = output.values;
  let best = 0;
  for (let i = 1; i < data.length; i++) if (Math.abs(data[i]!) > Math.abs(data[best]!)) best = i;
  return best;
}

export const fullShape = ({ full_shape, values }: Operand): number[] => (full_shape.length ? full_shape : values.shape);

export const unitAt = (flat: number, { output }: Operation): number[] =>
  unravel(flat, output.values.shape).map((at, axis) => at * (output.every[axis] ?? 1));

// The place nearest to a unit, null where the output has no such unit.
export function placeOf(unit: number[] | null, { output }: Operation): number | null {
  const { shape } = output.values, full = fullShape(output);
  if (!unit || unit.length !== shape.length || unit.some((at, axis) => at < 0 || at >= full[axis]!)) return null;
  return flatten(unit.map((at, axis) => Math.min(shape[axis]! - 1, Math.floor(at / (output.every[axis] ?? 1)))), shape);
}

// The unit that is there and nearest, null where it has other axes.
export function nearestUnit(unit: number[], { output }: Operation): number[] | null {
  const full = fullShape(output);
  return unit.length === full.length ? unit.map((at, axis) => Math.max(0, Math.min(full[axis]! - 1, at))) : null;
}

// One step along an axis counted from the last; the unit stays where it would leave the output.
export function moved(flat: number, fromLast: number, by: number, { output }: Operation): number {
  const { shape } = output.values, axis = Math.max(0, shape.length - fromLast), unit = unravel(flat, shape);
  if (!shape.length) return flat;
  const wanted = unit[axis]! + by;
  return wanted < 0 || wanted >= shape[axis]! ? flat : flatten(unit.with(axis, wanted), shape);
}

export const countUnits = ({ output }: Operation): number => size(output.values.shape);
