// Attention without a plain product: additive scores, and linear attention.

import { indices, product, sum, tensor } from "./arrays";
import type { AdditiveScores, LinearAttention, Of, Operation } from "./contract";
import { number, productsLine } from "./line";
import { box, row, rowWindow, single, step, type Work } from "./work";

export const additive = {
  // Source: Bahdanau et al. 2015, A.1.2.
  explain({ operands }: Of<AdditiveScores>, unit: number[]): Work {
    const [q, k, v] = operands.map(({ values }) => values), lead = unit.slice(0, -2), [i, j] = unit.slice(-2) as [number, number];
    const last = lead.length + 1;
    const query = row(q!, [...lead, i, 0], last), key = row(k!, [...lead, j, 0], last), weights = Float64Array.from(v!.data);
    const hidden = query.map((value, n) => Math.tanh(value + key[n]!));
    const products = product(weights, hidden), value = sum(products), terms = productsLine(weights, hidden);
    const line = `${terms} = ${number(value)}`, axes = ["hidden"];
    return { value, line, windows: [rowWindow(0, q!, [...lead, i, 0], last), rowWindow(1, k!, [...lead, j, 0], last), box(2, [0], v!.shape)], steps: [
      step("Query, projected", query, "", axes, 0), step("Key, projected", key, "", axes, 1), step("tanh of their sum", hidden, "", axes),
      step("Weights of the hidden layer", weights, "", axes, 2), step("Products", products, terms, axes), step("Result", value, line),
    ] };
  },
  reading: (operation: Operation, operand: number, at: number[]): number[] =>
    (operand > 1 ? [] : ofRow(operation, operand ? -1 : -2, at.at(-2)!, at)),
};

const phi = (x: number): number => (x > 0 ? x + 1 : Math.exp(x));

export const linear = {
  // Source: Katharopoulos et al. 2020, eq. 5.
  explain({ rule, operands }: Of<LinearAttention>, unit: number[]): Work {
    const [q, k, v] = operands.map(({ values }) => values), lead = unit.slice(0, -2);
    const [i, feature] = unit.slice(-2) as [number, number], last = lead.length + 1;
    const [count, width] = k!.shape.slice(-2) as [number, number], query = row(q!, [...lead, i, 0], last).map(phi);
    const keys = Array.from({ length: count }, (_, j) => row(k!, [...lead, j, 0], last).map(phi));
    const values = row(v!, [...lead, 0, feature], last - 1);
    const similarity = Float64Array.from(keys, (key) => sum(product(key, query))), total = sum(similarity) + (rule.eps ?? 0);
    const value = sum(product(similarity, values)) / total;
    const whole = box(1, [...lead, 0, 0], [...lead.map((at) => at + 1), count, width]);
    return { value, line: `(${productsLine(similarity, values)}) / ${number(total)} = ${number(value)}`,
             windows: [rowWindow(0, q!, [...lead, i, 0], last), whole, rowWindow(2, v!, [...lead, 0, feature], last - 1)], steps: [
      step("φ of the query", query, "", ["feature"], 0), step("φ of the keys", tensor(keys.flatMap((key) => [...key]), [count, width]), "", ["key", "feature"], 1),
      step("Similarity of the query to each key", similarity, "", ["key"]), step("Values", values, "", ["key"], 2), single("Sum of the similarities", total),
      step("Result", value, `(${productsLine(similarity, values)}) / ${number(total)} = ${number(value)}`),
    ] };
  },
  // a query's row; of a value its feature everywhere; a key reaches all
  reading(operation: Operation, operand: number, at: number[]): number[] {
    return ofRow(operation, [-2, 0, -1][operand]!, operand === 2 ? at.at(-1)! : at.at(-2)!, at);
  },
};

// Places of the output with these leading axes, and `wanted` along one of the last two; axis 0: every place.
function ofRow({ output }: Operation, axis: number, wanted: number, at: number[]): number[] {
  const { shape } = output.values, lead = shape.length - 2, found: number[] = [];
  let flat = 0;
  for (const index of indices(shape)) {
    if (index.slice(0, lead).every((place, n) => place === at[n]) && (!axis || index.at(axis) === wanted)) found.push(flat);
    flat++;
  }
  return found;
}
