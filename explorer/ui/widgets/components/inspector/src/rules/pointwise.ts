// Values on their own and in pairs: activations, formulas, sums, products, masks and gates.

import { at, flatten, unravel } from "./arrays";
import type { Elementwise, Formulas, Of, Operation, Pointwise } from "./contract";
import { evaluate } from "./formula";
import { factor, number, plus } from "./line";
import { broadcast, cell, single, step, type Work } from "./work";

export function explain({ rule, operands }: Of<Pointwise>, unit: number[]): Work {
  const [input, learned] = operands, { shape } = input!.values;
  const own = rule.source.data.length ? unravel(at(rule.source, unit), shape) : unit;
  const known: Record<string, number> = { x: at(input!.values, own) }, windows = [cell(0, own)];
  const steps = [single("Input", known.x!, 0)];
  if (learned) {
    const place = broadcast(unit, learned.values.shape);
    known.a = at(learned.values, place);
    windows.push(cell(1, place));
    steps.push(step("Learned slope", known.a, `a = ${number(known.a)}`, [], 1));
  }
  const value = evaluate(rule.formula, known);
  const line = rule.formula === "x" ? number(value) : `${filled(rule.formula, known)} = ${number(value)}`;
  return { value, windows, line, steps: [...steps, step("Result", value, line)] };
}

export function reading({ rule, operands, output }: Of<Pointwise>, operand: number, place: number[]): number[] {
  if (operand) return [];
  if (!rule.source.data.length) return [flatten(place, output.values.shape)];
  const flat = flatten(place, operands[0]!.values.shape), found: number[] = [];
  rule.source.data.forEach((from, to) => { if (from === flat) found.push(to); });
  return found;
}

export const formulas = {
  explain({ rule, operands }: Of<Formulas>, unit: number[]): Work {
    const { data } = operands[0]!.values, formula = rule.formulas[unit[0]!]!;
    const used = [...data.keys()].filter((place) => new RegExp(`\\bx${place + 1}\\b`).test(formula));
    const known = Object.fromEntries(used.map((place) => [`x${place + 1}`, data[place]!])), value = evaluate(formula, known);
    const line = `${filled(formula, known)} = ${number(value)}`;
    const steps = Object.entries(known).map(([name, x]) => ({ ...single("{name}", x, 0), name }));
    return { value, windows: used.map((place) => cell(0, [place])), line, steps: [...steps, step("Result", value, line)] };
  },
  reading({ rule }: Of<Formulas>, _operand: number, [place]: number[]): number[] {
    return [...rule.formulas.keys()].filter((to) => new RegExp(`\\bx${place! + 1}\\b`).test(rule.formulas[to]!));
  },
};

// Numbers for a formula's names, and signs as people write them.
function filled(formula: string, known: Record<string, number>): string {
  const signed = formula.replace(/(?<= )[*-](?= )/g, (sign) => (sign === "*" ? "·" : "−")), names = Object.keys(known).join("|");
  return names ? signed.replace(new RegExp(`(?<![\\w.])(${names})(?![\\w.])`, "g"), (name, _group, at: number) => inPlace(signed, name, at, known[name]!)) : signed;
}

// In brackets only behind an operator or below an exponent.
function inPlace(formula: string, name: string, at: number, value: number): string {
  const before = formula.slice(0, at).trimEnd(), alone = !before || "(,".includes(before.at(-1)!);
  return alone && !formula.slice(at + name.length).trimStart().startsWith("**") ? number(value) : factor(value);
}

const product = (numbers: number[]): number => numbers.reduce((a, b) => a * b, 1);
const COMBINED: Record<string, (...numbers: number[]) => [number, string]> = {
  add: (...numbers) => [numbers.reduce((a, b) => a + b, 0), number(numbers[0]!) + numbers.slice(1).map(plus).join("")],
  multiply: (...numbers) => [product(numbers), [number(numbers[0]!), ...numbers.slice(1).map(factor)].join(" · ")],
  scaled_add: (a, b, c) => [a! + b! * c!, `${number(a!)}${plus(b!)} · ${factor(c!)}`],
  mask: (score, kept) => (kept ? [score!, `${number(score!)}, kept`] : [-Infinity, `${number(score!)}, masked`]),
  gate: (a, b) => [a! * evaluate("sigmoid(x)", { x: b! }), `${number(a!)} · sigmoid(${number(b!)})`],
};

export const elementwise = {
  explain({ rule, operands }: Of<Elementwise>, unit: number[]): Work {
    const places = operands.map(({ values }) => broadcast(unit, values.shape));
    const numbers = operands.map(({ values }, which) => at(values, places[which]!));
    const [value, written] = COMBINED[rule.kind]!(...numbers), line = `${written} = ${number(value)}`;
    const steps = operands.map(({ name }, which) => ({ ...single("{name}", numbers[which]!, which), name }));
    return { value, windows: places.map((place, which) => cell(which, place)), line, steps: [...steps, step("Result", value, line)] };
  },
  // An axis that is broadcast is shown at its first place.
  reading({ operands, output }: Operation, operand: number, place: number[]): number[] {
    const { shape } = output.values, missing = shape.length - operands[operand]!.values.shape.length;
    return [flatten([...new Array<number>(missing).fill(0), ...place], shape)];
  },
};
