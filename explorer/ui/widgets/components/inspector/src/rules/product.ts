// Products of matrices: a row times a row or a column, the scale, the bias.

import { flatten, indices, product, size, sum } from "./arrays";
import type { MatrixProduct, Of, Step } from "./contract";
import { number, plus, productsLine } from "./line";
import { cell, row, rowWindow, single, step, type Work } from "./work";

const TITLES: Record<string, string> = { input: "Input", weight: "Weights of this unit", query: "Query", key: "Key", weights: "Weights of this query", values: "Values" };

export function explain({ rule, operands }: Of<MatrixProduct>, unit: number[]): Work {
  const [a, b, bias] = operands, lead = unit.slice(0, -1), j = unit.at(-1)!, rank = a!.values.shape.length;
  const other = b!.values.shape.length;
  const first = rank > 1 ? lead.slice(lead.length - rank + 1) : [];
  const shared = other > 2 ? lead.slice(0, -1).slice(lead.length + 1 - other) : [];
  const index = [...first, 0], second = rule.by_columns ? [...shared, 0, j] : [...shared, j, 0];
  const axis = rule.by_columns ? other - 2 : other - 1;
  const x = row(a!.values, index, rank - 1), y = row(b!.values, second, axis), products = product(x, y), total = sum(products);
  const windows = [rowWindow(0, a!.values, index, rank - 1), rowWindow(1, b!.values, second, axis)], more: Step[] = [];
  let value = total, line = productsLine(x, y);
  if (rule.scale !== 1) {
    [value, line] = [value * rule.scale, `(${line}) · ${number(rule.scale)}`];
    more.push(step("Scaled", value, `${number(total)} · ${number(rule.scale)} = ${number(value)}`));
  }
  if (bias) {
    const shift = bias.values.data[j]!;
    [value, line] = [value + shift, `${line}${plus(shift)}`];
    windows.push(cell(2, [j]));
    more.push(single("Bias", shift, 2));
  }
  const axes = [a!.axes.at(-1)!], terms = productsLine(x, y);
  line = `${line} = ${number(value)}`;
  return { value, windows, line, steps: [named(a!.name, x, axes, 0), named(b!.name, y, axes, 1), step("Products", products, terms, axes),
                                         step("Sum", total, `${terms} = ${number(total)}`), ...more, step("Result", value, line)] };
}

const named = (name: string, values: Float64Array, axes: string[], operand: number): Step =>
  ({ ...step(TITLES[name] ?? "{name}", values, "", axes, operand), name });

export function reading({ rule, operands, output }: Of<MatrixProduct>, operand: number, at: number[]): number[] {
  const { shape } = output.values, rank = operands[operand]!.values.shape.length, found: number[] = [];
  if (operand > 1 || size(shape) > 100_000) return [];
  const own = rank - 1 - (rule.by_columns ? 0 : 1), wanted = operand ? at[rule.by_columns ? rank - 1 : own] : undefined;
  const leading = at.slice(0, operand ? Math.max(0, rank - 2) : rank - 1);
  for (const index of indices(shape)) {
    const end = operand ? index.at(-1) === wanted : true, lead = index.slice(0, operand ? -2 : -1);
    if (end && leading.every((place, axis) => lead[lead.length - leading.length + axis] === place)) found.push(flatten(index, shape));
  }
  return found;
}
