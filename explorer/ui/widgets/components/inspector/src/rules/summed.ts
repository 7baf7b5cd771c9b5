// A patch times a kernel, summed by channel, plus the bias.

import { product, sum, tensor } from "./arrays";
import type { Operand, Window } from "./contract";
import { number, plus, productsLine, sumLine } from "./line";
import { cell, single, step, type Work } from "./work";

const SPACE: Record<number, string[]> = { 1: ["position"], 2: ["height", "width"] };

// patch, kernel: (channel, *space), of this shape. output: whose bias is added, -1 for none.
export function summed(operands: Operand[], windows: Window[], patch: Float64Array, kernel: Float64Array, shape: number[], output: number): Work {
  const axes = ["channel", ...SPACE[shape.length - 1]!], products = product(patch, kernel), area = products.length / shape[0]!;
  const channels = Float64Array.from({ length: shape[0]! }, (_, c) => sum(products, c * area, (c + 1) * area));
  const total = sum(channels);
  const bias = output < 0 ? 0 : operands[2]!.values.data[output]!, tail = output < 0 ? "" : plus(bias), value = total + bias;
  const written = channels.length === 1 ? productsLine(patch, kernel) : sumLine(channels);
  return { value, windows: output < 0 ? windows : [...windows, cell(2, [output])], line: `${written}${tail} = ${number(value)}`, steps: [
    step("Patch of the input", tensor(patch, shape), "", axes, 0), step("Kernel", tensor(kernel, shape), "", axes, 1),
    step("Patch × kernel", tensor(products, shape), productsLine(patch, kernel), axes),
    step("Sum by channel", channels, sumLine(channels), ["channel"]), ...(output < 0 ? [] : [single("Bias", bias, 2)]),
    step("Result", value, `${number(total)}${tail} = ${number(value)}`),
  ] };
}
