// (x - mean) / √(variance + eps), scaled and shifted.

import { at, cellsOf, flatten, indices, sum, take, tensor } from "./arrays";
import type { Normalization, Of, Step, Window } from "./contract";
import { factor, number, plus, sumLine } from "./line";
import { box, cell, single, step, type Work } from "./work";

interface Statistics { window: Window; shown: Step[]; mean: number; variance: number }

export function explain(operation: Of<Normalization>, unit: number[]): Work {
  const { rule, operands } = operation, input = operands[0]!.values, x = at(input, unit);
  const { window, shown, mean, variance } = statistics(operation, unit);
  const normalized = (x - mean) / Math.sqrt(variance + rule.eps), index = rule.scaled_by.map((axis) => unit[axis]!);
  const windows = [window];
  let value = normalized;
  let line = `${rule.center ? `(${number(x)} − ${factor(mean)})` : number(x)} / √(${number(variance)} + ${number(rule.eps)})`;
  const steps = [...shown, single("Value", x, 0), step("Normalized", normalized, `${line} = ${number(normalized)}`)];
  operands.forEach(({ name, values }, place) => {
    if (!place) return;
    if (name === "mean" || name === "variance") return void windows.push(cell(place, groupOf(rule, input.shape, unit)));
    const own = at(values, index), scales = name === "weight";
    value = scales ? value * own : value + own;
    line += scales ? ` · ${factor(own)}` : plus(own);
    steps.push(step(scales ? "Scaled" : "Shifted", value, `${line} = ${number(value)}`, [], place));
    windows.push(cell(place, index));
  });
  return { value, windows, steps: [...steps, single("Result", value)], line: `${line} = ${number(value)}` };
}

const groupOf = ({ groups, shared_by }: Normalization, shape: number[], unit: number[]): number[] =>
  (groups ? [Math.floor(unit[0]! / (shape[0]! / groups))] : shared_by.map((axis) => unit[axis]!));

function statistics({ rule, operands }: Of<Normalization>, unit: number[]): Statistics {
  const { values, axes } = operands[0]!;
  if (!rule.over.length) {
    const place = groupOf(rule, values.shape, unit);
    const [mean, variance] = ["mean", "variance"].map((name) => at(operands.find((operand) => operand.name === name)!.values, place));
    return { window: cell(0, unit), shown: [single("Recorded mean", mean!), single("Recorded variance", variance!)], mean: mean!, variance: variance! };
  }
  const window = sharedWindow(rule, values.shape, unit), shared = take(values, cellsOf(window, values.shape));
  const shape = window.stop.map((to, axis) => to - window.start[axis]!);
  const mean = rule.center ? sum(shared) / shared.length : 0;
  const variance = sum(shared.map((value) => (value - mean) ** 2)) / shared.length;
  return { window, mean, variance, shown: [
    step("Values that are normalized together", tensor(shared, shape), "", axes, 0),
    ...(rule.center ? [step("Mean", mean, `(${sumLine(shared)}) / ${shared.length.toLocaleString("en-US")} = ${number(mean)}`)] : []),
    single(rule.center ? "Variance" : "Mean square", variance),
  ] };
}

function sharedWindow({ over, groups }: Normalization, shape: number[], unit: number[]): Window {
  const start = unit.map((place, axis) => (over.includes(axis) ? 0 : place));
  const stop = unit.map((place, axis) => (over.includes(axis) ? shape[axis]! : place + 1));
  if (groups) {
    const count = shape[0]! / groups, group = Math.floor(unit[0]! / count);
    [start[0], stop[0]] = [group * count, (group + 1) * count];
  }
  return box(0, start, stop);
}

export function reading({ rule, output }: Of<Normalization>, operand: number, at: number[]): number[] {
  const { shape } = output.values;
  if (operand) return [];
  if (!rule.over.length) return [flatten(at, shape)];
  const window = sharedWindow(rule, shape, at), found: number[] = [];
  for (const offset of indices(window.stop.map((to, axis) => to - window.start[axis]!))) found.push(flatten(offset.map((by, axis) => window.start[axis]! + by), shape));
  return found;
}
