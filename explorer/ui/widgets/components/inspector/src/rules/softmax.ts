// exp(x) over the sum of exp along an axis, and its logarithm.

import { alongAxis, sum } from "./arrays";
import type { Of, Softmax } from "./contract";
import { factor, number, sumLine } from "./line";
import { row, rowWindow, single, step, type Work } from "./work";

export function explain({ rule, operands }: Of<Softmax>, unit: number[]): Work {
  const { values, axes } = operands[0]!, inputs = row(values, unit, rule.axis), own = unit[rule.axis]!;
  const largest = Math.max(...inputs), along = [axes[rule.axis]!];
  const exponentials = inputs.map((value) => Math.exp(value - largest)), total = sum(exponentials);
  const share = exponentials[own]! / total;
  const value = rule.log ? inputs[own]! - largest - Math.log(total) : share;
  const line = `exp(${number(inputs[own]!)} − ${factor(largest)}) / ${number(total)} = ${number(share)}`;
  const logarithm = `${number(inputs[own]!)} − ${factor(largest)} − ln ${number(total)} = ${number(value)}`;
  return { value, windows: [rowWindow(0, values, unit, rule.axis)], line: rule.log ? logarithm : line, steps: [
    step("Inputs along the axis", inputs, "", along, 0), single("Largest", largest),
    step("Exponentials, after the largest is subtracted", exponentials, "", along), step("Sum", total, `${sumLine(exponentials)} = ${number(total)}`),
    step("Share of the sum", share, line), ...(rule.log ? [step("Logarithm", value, logarithm)] : []),
  ] };
}

export const reading = ({ rule, output }: Of<Softmax>, _operand: number, at: number[]): number[] => [...alongAxis(at, rule.axis, output.values.shape)];
