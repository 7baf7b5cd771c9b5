// A table of kernels as explorer/results/kernel_results.py has it, and where each weight is in its parameter.

import type { WeightEdit } from "../contract";
import type { Tensor, Values } from "../../../common/tensors";

export interface Kernels {
  node: string;
  block: string;
  table: string;
  tables: string[];
  parameter: string;
  shape: number[];
  size: [number, number, number, number];  // rows, columns, height, width of the whole table
  axes: [string, string];
  sort: string;
  first: [number, number];
  order: Tensor;             // the page's rows by their place in the table
  values: Tensor;            // (row, column, height, width)
  starts: Tensor;
  step: number[];
  box: number[];
  statistics: Tensor;        // (row, 3): mean, standard deviation, norm
  norms: Tensor;
  every: [number, number];
  limit: number;
  initial: Tensor;
  initial_step: number;
  change_limit: number;
  bias: Tensor;
  initial_bias: Tensor;
  bias_parameter: string;
  row_names: string[];
  column_names: string[];
  is_channel: boolean;
  is_frozen: boolean;
  note: string | null;
}

export const BIAS = -1;  // the column of the biases

// A kernel of the page, by its place in the page.
export interface Place { row: number; column: number }

// A kernel with the box of the parameter that it is.
export interface Kernel { parameter: string; start: number[]; box: number[]; values: Values; high: number; wide: number }

export const areaOf = ({ size }: Kernels): number => size[2] * size[3];
export const isMatrix = (page: Kernels): boolean => areaOf(page) === 1;
export const rowsOf = ({ values }: Kernels): number => values.shape[0]!;
export const columnsOf = ({ values }: Kernels): number => values.shape[1]!;
export const fromOf = (page: Kernels, { row, column }: Place): number => (row * columnsOf(page) + column) * areaOf(page);
export const ownRow = (page: Kernels, row: number): number => page.order.data[row]!;

export function rowName(page: Kernels, row: number): string {
  return page.row_names[row] ?? String(ownRow(page, row));
}

export function columnName(page: Kernels, column: number): string {
  return page.column_names[column] ?? String(page.first[1] + column);
}

export function kernelAt(page: Kernels, place: Place): Kernel {
  const { parameter, start, shape: box } = boxAt(page, place);
  if (place.column === BIAS) return { parameter, start, box, values: page.bias.data.slice(place.row, place.row + 1), high: 1, wide: 1 };
  const from = fromOf(page, place), [, , high, wide] = page.size;
  return { parameter, start, box, values: page.values.data.slice(from, from + high * wide), high, wide };
}

// The box that a kernel, or a row's bias, is of its parameter.
export function boxAt(page: Kernels, { row, column }: Place): WeightEdit {
  if (column === BIAS) return { parameter: page.bias_parameter, start: [ownRow(page, row)], shape: [1], values: [] };
  return { parameter: page.parameter, start: startOf(page, row).map((at, axis) => at + column * page.step[axis]!), shape: page.box, values: [] };
}

// The first index of a row's first kernel on the page.
function startOf({ starts, step }: Kernels, row: number): number[] {
  return step.map((_, axis) => starts.data[row * step.length + axis]!);
}

// One weight of a kernel as a box of its own.
export function cellEdit({ parameter, start, box }: Kernel, at: number, value: number): WeightEdit {
  let rest = at;
  const place = [...start];
  for (let axis = box.length - 1; axis >= 0; axis--) {
    place[axis]! += rest % box[axis]!;
    rest = Math.floor(rest / box[axis]!);
  }
  return { parameter, start: place, shape: box.map(() => 1), values: [value] };
}

export const kernelEdit = ({ parameter, start, box }: Kernel, values: number[]): WeightEdit => ({ parameter, start, shape: box, values });

// All kernels of a row, those beside the page, too; `values` are in the order of the columns.
export function rowEdit(page: Kernels, row: number, values: number[]): WeightEdit {
  const start = startOf(page, row).map((at, axis) => at - page.first[1] * page.step[axis]!);
  return { parameter: page.parameter, start, shape: page.box.map((size, axis) => size + page.step[axis]! * (page.size[1] - 1)), values };
}

// The same page with other numbers in some of its kernels, until the server's own arrives.
export function withKernel(page: Kernels, place: Place, values: ArrayLike<number>): Kernels {
  if (place.column === BIAS) return { ...page, bias: { ...page.bias, data: replaced(page.bias.data, place.row, values) } };
  return { ...page, values: { ...page.values, data: replaced(page.values.data, fromOf(page, place), values) } };
}

function replaced(data: Values, from: number, values: ArrayLike<number>): Values {
  const copy = data.slice();
  copy.set(values, from);
  return copy;
}
