// A unit's path as explorer/results/unit_results.py has it.

import type { Tensor } from "../../../common/tensors";

export interface Stage {
  node: string;
  block: string;
  axes: string[];
  shape: number[];
  start: number[];
  stop: number[];
  shown: number[];         // the index of the map that is drawn, along the leading axes
  maps: Tensor;            // (map, row, column): three maps for a picture in color
  every: [number, number]; // steps between the values in `maps`
  largest: number;
  signed: boolean;
  labels: string[];        // names along the last axis
  branches: string[];
  across: number;          // values side by side in what was flattened, 0 for any number
}

export interface UnitPath {
  node: string;
  unit: number[];
  value: number;
  stages: Stage[];
  patch: Tensor;           // (channel, row, column), or of no pixels
  sentence: string;
}

export const isWhole = ({ start, stop, shape }: Stage): boolean => start.every((from, axis) => from === 0 && stop[axis] === shape[axis]);

// A value that is drawn: the index into the node's whole output.
export const unitAt = ({ shape, shown, every }: Stage, row: number, column: number): number[] =>
  shape.length < 2 ? (shape.length ? [column * every[1]] : []) : [...shown, row * every[0], column * every[1]];

// The window within what is drawn, in values of the whole map: (top, left, bottom, right).
export function frameOf({ start, stop, shape }: Stage): [number, number, number, number] {
  const last = shape.length - 1;
  return [start[last - 1] ?? 0, start[last] ?? 0, stop[last - 1] ?? 1, stop[last] ?? 1];
}
