// Transposed convolution: every input that the kernel spreads to a place, times the kernel's number there.

import { strides, take } from "./arrays";
import type { Of, TransposedCorrelation, Window } from "./contract";
import { grid } from "./correlation";
import { summed } from "./summed";
import { box, type Work } from "./work";

interface Taps { positions: number[]; taps: number[] }

export function explain({ rule, operands }: Of<TransposedCorrelation>, unit: number[]): Work {
  const [input, weight, bias] = operands, { shape } = input!.values, kernel = weight!.values.shape;
  const [output, ...place] = unit as [number, ...number[]];
  const found = place.map((y, axis) => tapsAt(y, axis, rule, kernel[axis + 2]!, shape[axis + 1]!));
  const count = kernel[0]! / rule.groups, group = Math.floor(output / kernel[1]!), own = output % kernel[1]!;
  const channels = Array.from({ length: count }, (_, i) => group * count + i);
  const at = [channels, ...found.map(({ positions }) => positions)], from = [channels, [own], ...found.map(({ taps }) => taps)];
  return summed(operands, [windowOf(0, at), windowOf(1, from)], take(input!.values, grid(at, shape)), take(weight!.values, grid(from, kernel)),
                at.map((each) => each.length), bias ? output : -1);
}

// Every input along one axis that is added up at y, with its place in the kernel.
function tapsAt(y: number, axis: number, { stride, padding, dilation }: TransposedCorrelation, width: number, count: number): Taps {
  const found: Taps = { positions: [], taps: [] };
  for (let k = 0; k < width; k++) {
    const position = (y + padding[axis]! - dilation[axis]! * k) / stride[axis]!;
    if (!Number.isInteger(position) || position < 0 || position >= count) continue;
    found.positions.push(position);
    found.taps.push(k);
  }
  return found;
}

function windowOf(operand: number, along: number[][]): Window {
  if (along.some((each) => !each.length)) return box(operand, along.map(() => 0), along.map(() => 0));
  const ordered = along.map((each) => [...each].sort((a, b) => a - b));
  return box(operand, ordered.map((each) => each[0]!), ordered.map((each) => each.at(-1)! + 1), ordered.map((each) => (each.length > 1 ? each[1]! - each[0]! : 1)));
}

export function reading({ rule, operands, output }: Of<TransposedCorrelation>, operand: number, cell: number[]): number[] {
  if (operand) return [];
  const kernel = operands[1]!.values.shape, { shape } = output.values, plane = strides(shape);
  const group = Math.floor(cell[0]! / (kernel[0]! / rule.groups));
  const [ys, xs] = cell.slice(1).map((at, axis) => Array.from({ length: kernel[axis + 2]! }, (_, k) => at * rule.stride[axis]! - rule.padding[axis]! + k * rule.dilation[axis]!)
    .filter((place) => place >= 0 && place < shape[axis + 1]!));
  const found: number[] = [];
  for (let o = group * kernel[1]!; o < (group + 1) * kernel[1]!; o++) {
    for (const y of ys!) for (const x of xs ?? [0]) found.push(o * plane[0]! + y * plane[1]! + (xs ? x : 0));
  }
  return found;
}
