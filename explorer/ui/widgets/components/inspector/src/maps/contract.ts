// A grid of maps as explorer/results/drawn.py has it, and the units that its values are.

import { limitOf } from "../scene";
import type { Tensor } from "../../../common/tensors";
import { twinOf } from "../twins";

export interface MapGrid {
  title: string;       // the node's address
  values: Tensor;      // (map, row, column), the first of all maps
  signed: boolean;
  labels: string[];
  note: string | null;
  axis: string;
  shape: number[];     // of the node's whole output
  largest: number;     // the end of the scale where that is beyond these values, else 0
}

export interface Place { map: number; row: number; column: number }

const product = (sizes: number[]): number => sizes.reduce((a, b) => a * b, 1);

export const sizeOf = ({ values: { shape } }: MapGrid): [count: number, rows: number, columns: number] => shape as [number, number, number];

// How many maps the node gives.
export const totalOf = ({ shape, values }: MapGrid): number =>
  shape.length === 1 ? shape[0]! : shape.length > 2 ? product(shape.slice(0, -2)) : values.shape[0]!;

export const isStrip = (grid: MapGrid): boolean => grid.values.shape[1] === 1 && grid.values.shape[2] === 1;

// Of both sides of the swipe, where there is another.
export function scaleOf(grid: MapGrid): number {
  const ends = [grid, twinOf(grid)].flatMap((each) => (each?.largest ? [each.largest] : []));
  return ends.length ? Math.max(...ends, limitOf(grid.values.data)) : limitOf(grid.values.data);
}

export function valueAt(grid: MapGrid, { map, row, column }: Place): number {
  const [, rows, columns] = sizeOf(grid);
  return grid.values.data[(map * rows + row) * columns + column]!;
}

// A value's index into the node's output, and back; null for one that is not among these maps.
export function unitAt({ shape }: MapGrid, { map, row, column }: Place): number[] {
  if (shape.length < 2) return shape.length ? [map] : [];
  return [...unravel(map, shape.slice(0, -2)), row, column];
}

export function placeOf(grid: MapGrid, unit: number[]): Place | null {
  const { shape } = grid;
  if (unit.length !== shape.length || unit.some((at, axis) => at >= shape[axis]!)) return null;
  const leading = shape.length > 2 ? shape.slice(0, -2) : shape.length === 1 ? shape : [];
  const map = leading.reduce((index, size, axis) => index * size + unit[axis]!, 0);
  const [row, column] = shape.length > 1 ? unit.slice(-2) : [0, 0];
  return map < grid.values.shape[0]! ? { map, row: row!, column: column! } : null;
}

function unravel(index: number, shape: number[]): number[] {
  const found: number[] = [];
  for (const size of [...shape].reverse()) {
    found.unshift(index % size);
    index = Math.floor(index / size);
  }
  return found;
}

// The place of a map's value of largest magnitude.
export function strongest(grid: MapGrid, map: number): Place {
  const [, rows, columns] = sizeOf(grid), { data } = grid.values, from = map * rows * columns;
  let best = 0;
  for (let i = 1; i < rows * columns; i++) if (Math.abs(data[from + i]!) > Math.abs(data[from + best]!)) best = i;
  return { map, row: Math.floor(best / columns), column: best % columns };
}
