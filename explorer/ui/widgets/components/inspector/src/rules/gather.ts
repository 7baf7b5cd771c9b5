// Values moved or interpolated: where the value of one unit comes from.

import { at, unravel, size, strides } from "./arrays";
import type { Gather, Of, Operand, WeightedGather, Window } from "./contract";
import { number, productsLine } from "./line";
import { box, cell, cells, single, step, type Work } from "./work";

const written = (place: number[]): string => `[${place.join(", ")}]`;

export function explain({ rule, operands }: Of<Gather>, unit: number[]): Work {
  const flat = at(rule.index, unit), which = at(rule.source, unit), chooser = operands[rule.chooser ?? -1];
  const work: Work = { value: rule.fill, windows: [], steps: [], line: "" };
  if (chooser) {
    const place = unit.slice(0, chooser.values.shape.length), chosen = Math.trunc(at(chooser.values, place));
    work.windows.push(cell(rule.chooser!, place));
    work.steps.push(step("Token", chosen, String(chosen), [], rule.chooser));
    work.line = `${chosen} → `;
  }
  if (flat < 0) return { ...work, steps: [...work.steps, single("Filled in", rule.fill)], line: work.line + number(rule.fill) };
  const { name, values } = operands[which]!, place = unravel(flat, values.shape), value = values.data[flat]!;
  const line = `${work.line}${name}${written(place)} = ${number(value)}`;
  return { value, line, windows: [...work.windows, cell(which, place)],
           steps: [...work.steps, { ...step("Place in {name}", place, written(place), [], which), name }, step("Result", value, line)] };
}

export function reading({ rule, operands }: Of<Gather>, operand: number, place: number[]): number[] {
  const { shape } = operands[operand]!.values, flat = place.reduce((sum, index, axis) => sum * shape[axis]! + index, 0);
  const found: number[] = [];
  if (operand === rule.chooser) {
    const each = rule.index.data.length / size(shape);
    return Array.from({ length: each }, (_, n) => flat * each + n);
  }
  rule.index.data.forEach((from, to) => { if (from === flat && rule.source.data[to] === operand) found.push(to); });
  return found;
}

export const weighted = {
  explain({ rule, operands }: Of<WeightedGather>, unit: number[]): Work {
    const own = rule.channel ?? 0, { values } = operands[0]!, place = unit.filter((_, axis) => axis !== own), channel = unit[own]!;
    const area = size(values.shape.slice(1));
    const terms = Array.from({ length: rule.index.shape[0]! }, (_, term) => [at(rule.index, [term, ...place]), at(rule.weight, [term, ...place])]).filter(([index]) => index! >= 0);
    const read = Float64Array.from(terms, ([index]) => values.data[channel * area + index!]!);
    const weights = Float64Array.from(terms, ([, weight]) => weight!);
    const value = read.reduce((sum, each, i) => sum + each * weights[i]!, 0);
    const line = `${productsLine(read, weights)} = ${number(value)}`;
    return { value, line, windows: [cells(0, values.shape, terms.map(([index]) => channel * area + index!)), ...deciding(operands[1], unit.slice(0, own))],
             steps: [step("Values that are read", read, "", ["place"], 0), step("Their weights", weights, "", ["place"]), step("Result", value, line)] };
  },
  reading({ rule, operands, output }: Of<WeightedGather>, operand: number, cell: number[]): number[] {
    if (operand) return [];
    const own = rule.channel ?? 0, inner = operands[0]!.values.shape.slice(1);
    const flat = cell.slice(1).reduce((sum, index, axis) => sum * inner[axis]! + index, 0);
    const space = rule.index.shape.slice(1), area = size(space), steps = strides(output.values.shape), found = new Set<number>();
    rule.index.data.forEach((from, n) => {
      if (from !== flat) return;
      const place = unravel(n % area, space), unit = [...place.slice(0, own), cell[0]!, ...place.slice(own)];
      found.add(unit.reduce((sum, index, axis) => sum + index * steps[axis]!, 0));
    });
    return [...found];
  },
};

// What decides on places and weights: a row for each box, or all of an affine map.
function deciding(operand: Operand | undefined, first: number[]): Window[] {
  const shape = operand?.values.shape;
  return shape ? [box(1, shape.map((_, axis) => first[axis] ?? 0), shape.map((count, axis) => (axis < first.length ? first[axis]! + 1 : count)))] : [];
}
