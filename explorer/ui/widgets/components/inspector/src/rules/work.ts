// Windows and steps while a unit's arithmetic is written out.

import type { Tensor } from "../../../common/tensors";
import { size, strides, tensor, unravel } from "./arrays";
import type { Step, Window } from "./contract";
import { number } from "./line";

export interface Work { value: number; windows: Window[]; steps: Step[]; line: string }

export const box = (operand: number, start: number[], stop: number[], step: number[] = start.map(() => 1)): Window =>
  ({ operand, start, stop, step, cells: [] });

export const cell = (operand: number, index: number[]): Window => box(operand, index, index.map((i) => i + 1));

// Flat places that may be no box, with the box around them.
export function cells(operand: number, shape: number[], flat: Iterable<number>): Window {
  const places = Int32Array.from(new Set(flat)).sort(), along = [...places].map((place) => unravel(place, shape));
  if (!places.length) return box(operand, shape.map(() => 0), shape.map(() => 0));
  const start = shape.map((_, axis) => Math.min(...along.map((index) => index[axis]!)));
  const stop = shape.map((_, axis) => Math.max(...along.map((index) => index[axis]! + 1))), around = box(operand, start, stop);
  return size(stop.map((to, axis) => to - start[axis]!)) === places.length ? around : { ...around, cells: places };
}

export function step(title: string, values: number | Tensor | ArrayLike<number>, formula = "", axes: string[] = [], operand = -1): Step {
  const held = typeof values === "number" ? tensor([values], []) : "shape" in values ? values : tensor(values);
  return { title, values: held, formula, axes, operand };
}

export const single = (title: string, value: number, operand = -1): Step => step(title, value, number(value), [], operand);

// A row of an array along an axis through a place; `index` of that axis is not looked at.
export function row({ data, shape }: Tensor, index: number[], axis: number): Float64Array {
  const steps = strides(shape), from = index.reduce((flat, at, own) => flat + (own === axis ? 0 : at * steps[own]!), 0);
  return Float64Array.from({ length: shape[axis]! }, (_, i) => data[from + i * steps[axis]!]!);
}

// The window of a whole axis through a place.
export const rowWindow = (operand: number, { shape }: Tensor, index: number[], axis: number): Window =>
  box(operand, index.with(axis, 0), index.map((at, own) => (own === axis ? shape[axis]! : at + 1)));

// The place in an array of this shape that broadcasting brings to a unit.
export function broadcast(unit: number[], shape: number[]): number[] {
  return unit.slice(unit.length - shape.length).map((at, axis) => (shape[axis] === 1 ? 0 : at));
}
