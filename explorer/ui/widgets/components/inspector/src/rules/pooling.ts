// The largest value or the mean of a window, and over whole axes.

import { cellsOf, flatten, indices, sum, take, tensor } from "./arrays";
import type { Of, Pooling, Reduction, Window } from "./contract";
import { listLine, number, sumLine } from "./line";
import { box, single, step, type Work } from "./work";

export function explain({ rule, operands }: Of<Pooling>, unit: number[]): Work {
  const [channel, ...place] = unit as [number, ...number[]], input = operands[0]!.values, span = rule.starts.shape[1]!;
  const starts = place.map((y, axis) => rule.starts.data[axis * span + y]!);
  const stops = place.map((y, axis) => rule.stops.data[axis * span + y]!);
  const window = box(0, [channel, ...starts], [channel + 1, ...stops], [1, ...rule.step.slice(0, place.length)]);
  const divisor = rule.kind === "mean" ? rule.divisor.data[flatten(place, rule.divisor.shape)]! : 1;
  const shape = starts.map((from, axis) => Math.max(0, Math.ceil((stops[axis]! - from) / rule.step[axis]!)));
  return reduced(rule.kind, take(input, cellsOf(window, input.shape)), shape, divisor, window, place.length === 2 ? ["height", "width"] : ["position"]);
}

export function reading({ rule, output }: Of<Pooling>, _operand: number, cell: number[]): number[] {
  const [channel, ...place] = cell as [number, ...number[]], { shape } = output.values, span = rule.starts.shape[1]!;
  const found: number[] = [];
  const fits = place.map((at, axis) => Array.from({ length: shape[axis + 1]! }, (_, y) => y).filter((y) => {
    const from = rule.starts.data[axis * span + y]!;
    return at >= from && at < rule.stops.data[axis * span + y]! && (at - from) % rule.step[axis]! === 0;
  }));
  for (const offset of indices(fits.map((each) => each.length))) found.push(flatten([channel, ...offset.map((i, axis) => fits[axis]![i]!)], shape));
  return found;
}

export const reduction = {
  explain({ rule, operands }: Of<Reduction>, unit: number[]): Work {
    const { values, axes } = operands[0]!, kept = [...unit];
    const index = values.shape.map((_, axis) => (rule.axes.includes(axis) ? null : kept.shift()!));
    const window = box(0, index.map((at) => at ?? 0), index.map((at, axis) => (at === null ? values.shape[axis]! : at + 1)));
    const held = take(values, cellsOf(window, values.shape));
    return reduced(rule.kind, held, rule.axes.map((axis) => values.shape[axis]!), rule.kind === "mean" ? held.length : 1, window, rule.axes.map((axis) => axes[axis]!));
  },
  reading({ rule, output }: Of<Reduction>, _operand: number, cell: number[]): number[] {
    return [flatten(cell.filter((_, axis) => !rule.axes.includes(axis)), output.values.shape)];
  },
};

function reduced(kind: string, values: Float64Array, shape: number[], divisor: number, window: Window, axes: string[]): Work {
  const shown = step("Window of the input", tensor(values, shape), "", axes, 0);
  if (kind === "max") {
    const value = Math.max(...values), line = `max(${listLine(values)}) = ${number(value)}`, place = values.indexOf(value);
    return { value, windows: [window], line, steps: [shown, step("Largest of the window", tensor(values.map((_, i) => Number(i === place)), shape), "", axes), step("Result", value, line)] };
  }
  const total = sum(values), added = step("Sum", total, `${sumLine(values)} = ${number(total)}`);
  if (kind === "sum") return { value: total, windows: [window], steps: [shown, added], line: added.formula };
  const value = total / divisor;
  return { value, windows: [window], line: `(${sumLine(values)}) / ${number(divisor)} = ${number(value)}`,
           steps: [shown, added, single("Divisor", divisor), step("Result", value, `${number(total)} / ${number(divisor)} = ${number(value)}`)] };
}
