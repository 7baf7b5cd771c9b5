// Convolution: in each channel the patch below the kernel times the kernel, summed, plus the bias.

import { cellsOf, flatten, size, strides, take } from "./arrays";
import type { Correlation, Of, Window } from "./contract";
import { summed } from "./summed";
import { box, cells, type Work } from "./work";

export function explain({ rule, operands }: Of<Correlation>, unit: number[]): Work {
  const [input, weight, bias] = operands, { shape } = input!.values, kernel = weight!.values.shape;
  const [channel, place] = placeOf(rule, unit, shape, kernel);
  const count = kernel[1]!, first = Math.floor(channel / (kernel[0]! / rule.groups)) * count, inner = kernel.slice(1);
  const along = place.map((at, axis) => Array.from({ length: kernel[axis + 2]! }, (_, k) => at * rule.stride[axis]! - rule.padding[axis]! + rule.dilation[axis]! * k));
  const { window, flat } = read(rule, shape, first, count, along), own = size(inner);
  return summed(operands, [window, box(1, [channel, ...inner.map(() => 0)], [channel + 1, ...inner])], take(input!.values, flat),
                Float64Array.from(weight!.values.data.subarray(channel * own, (channel + 1) * own)), inner, bias ? channel : -1);
}

// The output's channel and its place in space, which tokens have in one number.
function placeOf(rule: Correlation, unit: number[], shape: number[], kernel: number[]): [number, number[]] {
  if (!rule.as_tokens) return [unit[0]!, unit.slice(1)];
  const space = spaceOf(rule, shape, kernel);
  return [unit[1]!, space.length === 2 ? [Math.floor(unit[0]! / space[1]!), unit[0]! % space[1]!] : [unit[0]!]];
}

// The output's places along each axis of space.
function spaceOf({ stride, padding, dilation }: Correlation, shape: number[], kernel: number[]): number[] {
  return stride.map((by, axis) => Math.floor((shape[axis + 1]! + 2 * padding[axis]! - dilation[axis]! * (kernel[axis + 2]! - 1) - 1) / by) + 1);
}

// The window, and the flat places of its values: -1 in a padding of zeros, those of others' values in other paddings.
function read({ dilation, padding_mode }: Correlation, shape: number[], first: number, count: number, along: number[][]): { window: Window; flat: Int32Array } {
  const window = box(0, [first, ...along.map((each) => each[0]!)], [first + count, ...along.map((each) => each.at(-1)! + 1)], [1, ...dilation]);
  const isInside = along.every((each, axis) => each[0]! >= 0 && each.at(-1)! < shape[axis + 1]!);
  if (isInside || padding_mode === "zeros") return { window, flat: cellsOf(window, shape) };
  const axes = [Array.from({ length: count }, (_, i) => first + i), ...along.map((each, axis) => each.map((at) => inside(at, shape[axis + 1]!, padding_mode)))];
  const flat = grid(axes, shape);
  return { window: cells(0, shape, flat), flat };
}

function inside(at: number, count: number, mode: string): number {
  if (mode === "circular") return ((at % count) + count) % count;
  if (mode === "reflect") at = Math.abs(at) >= count ? 2 * (count - 1) - Math.abs(at) : Math.abs(at);
  return Math.min(Math.max(at, 0), count - 1);
}

// Flat places of every combination, the last axis fastest.
export function grid(along: number[][], shape: number[]): Int32Array {
  let found: number[][] = [[]];
  for (const places of along) found = found.flatMap((index) => places.map((at) => [...index, at]));
  return Int32Array.from(found, (index) => flatten(index, shape));
}

// Places of the output whose window holds a cell of the input.
export function reading({ rule, operands, output }: Of<Correlation>, operand: number, cell: number[]): number[] {
  const kernel = operands[1]!.values.shape, { shape } = output.values, perGroup = kernel[0]! / rule.groups;
  if (operand) return [];
  const group = Math.floor(cell[0]! / kernel[1]!);
  const space = rule.as_tokens ? spaceOf(rule, operands[0]!.values.shape, kernel) : shape.slice(1), found: number[] = [];
  const plane = rule.as_tokens ? [1, (space[1] ?? 1) * shape[1]!, shape[1]!] : strides(shape);
  const [ys, xs] = cell.slice(1).map((at, axis) => places(at, kernel[axis + 2]!, space[axis]!, axis, rule));
  for (let o = group * perGroup; o < (group + 1) * perGroup; o++) {
    for (const y of ys!) for (const x of xs ?? [0]) found.push(o * plane[0]! + y * plane[1]! + (xs ? x * plane[2]! : 0));
  }
  return found;
}

function places(at: number, kernel: number, count: number, axis: number, { stride, padding, dilation }: Correlation): number[] {
  return Array.from({ length: kernel }, (_, k) => (at + padding[axis]! - k * dilation[axis]!) / stride[axis]!)
    .filter((place) => Number.isInteger(place) && place >= 0 && place < count).reverse();
}
