// Indices into arrays that lie flat, last axis fastest, and sums in double precision.

import type { Tensor } from "../../../common/tensors";
import type { Window } from "./contract";

export const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

export function strides(shape: number[]): number[] {
  const found = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    found[axis] = step;
    step *= shape[axis]!;
  }
  return found;
}

export function flatten(index: number[], shape: number[]): number {
  return index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);
}

export function unravel(flat: number, shape: number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis]!;
    flat = Math.floor(flat / shape[axis]!);
  }
  return index;
}

// Counts through a box of this shape in order.
export function* indices(shape: number[]): Generator<number[]> {
  for (let flat = 0, count = size(shape); flat < count; flat++) yield unravel(flat, shape);
}

export const extent = (window: Window): number[] => window.start.map((start, axis) => Math.ceil((window.stop[axis]! - start) / window.step[axis]!));

// Flat places of a window in order, -1 for those outside the array.
export function cellsOf(window: Window, shape: number[]): Int32Array {
  if (window.cells.length) return Int32Array.from(window.cells);
  const counts = extent(window), found = new Int32Array(size(counts));
  let n = 0;
  for (const offset of indices(counts)) {
    let flat = 0, inside = true;
    for (let axis = 0; axis < shape.length; axis++) {
      const at = window.start[axis]! + offset[axis]! * window.step[axis]!;
      inside &&= at >= 0 && at < shape[axis]!;
      flat = flat * shape[axis]! + at;
    }
    found[n++] = inside ? flat : -1;
  }
  return found;
}

export const at = (tensor: Tensor, index: number[]): number => tensor.data[flatten(index, tensor.shape)]!;

export const take = (tensor: Tensor, cells: ArrayLike<number>, outside = 0): Float64Array =>
  Float64Array.from(cells, (cell) => (cell < 0 ? outside : tensor.data[cell]!));

export function sum(values: ArrayLike<number>, from = 0, to = values.length): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}

export const product = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array => Float64Array.from(a, (value, i) => value * b[i]!);

export const tensor = (values: ArrayLike<number>, shape: number[] = [values.length]): Tensor => ({ data: Float64Array.from(values), shape });

export const scalar = (value: number): Tensor => tensor([value], []);

// The index of every value along an axis through `index`.
export function alongAxis(index: number[], axis: number, shape: number[]): Int32Array {
  return Int32Array.from({ length: shape[axis]! }, (_, i) => flatten(index.with(axis, i), shape));
}

export const point = (operand: number, index: number[]): Window =>
  ({ operand, start: [...index], stop: index.map((i) => i + 1), step: index.map(() => 1), cells: [] });

// A window over whole axes of an operand, and one place along the others.
export function across(operand: number, index: number[], axes: number[], shape: number[]): Window {
  return { operand, start: index.map((i, axis) => (axes.includes(axis) ? 0 : i)), step: index.map(() => 1), cells: [],
           stop: index.map((i, axis) => (axes.includes(axis) ? shape[axis]! : i + 1)) };
}
