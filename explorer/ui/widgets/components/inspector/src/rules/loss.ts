// The loss of one sample, step by step.

import { indices, size, sum, tensor } from "./arrays";
import type { Loss, Of, Step } from "./contract";
import { evaluate } from "./formula";
import { factor, listLine, number, sumLine } from "./line";
import { box, single, step, type Work } from "./work";

interface Worked { value: number; steps: Step[]; line: string }
interface Given { rule: Loss; output: Float64Array; shape: number[]; target: Float64Array }

export function explain({ rule, operands }: Of<Loss>): Work {
  const [output, target] = operands;
  const given = { rule, output: Float64Array.from(output!.values.data), shape: output!.values.shape, target: Float64Array.from(target!.values.data) };
  const { value, steps, line } = (KINDS[rule.kind] ?? numbers)(given), written = `${line} = ${number(value)}`;
  const windows = operands.slice(0, 2).map(({ values: { shape } }, place) => box(place, shape.map(() => 0), shape));
  return { value, windows, steps: [...steps, step("Loss", value, written)], line: written };
}

// Along the last axis.
function logSoftmax(output: Float64Array, classes: number): Float64Array {
  const logs = Float64Array.from(output);
  for (let from = 0; from < logs.length; from += classes) {
    const own = output.subarray(from, from + classes), largest = Math.max(...own);
    const total = Math.log(sum(own.map((value) => Math.exp(value - largest))));
    for (let i = 0; i < classes; i++) logs[from + i] = own[i]! - largest - total;
  }
  return logs;
}

function crossEntropy({ rule, output, shape, target }: Given): Worked {
  const classes = shape.at(-1)!, given = rule.kind === "likelihood", logs = given ? output : logSoftmax(output, classes);
  const smoothing = rule.smoothing ?? 0;
  const means = target.map((_, n) => sum(logs, n * classes, (n + 1) * classes) / classes);
  const own = target.map((truth, n) => logs[n * classes + truth]!);
  const losses = own.map((log, n) => -(1 - smoothing) * log - smoothing * means[n]!), shares = own.map(Math.exp);
  const axes = ["token", "class"].slice(2 - shape.length);
  const each = axes.slice(0, -1), held = (values: Float64Array) => tensor(values, shape.slice(0, -1)), steps = [
    ...(given ? [] : [step("Softmax of the output", tensor(logs.map(Math.exp), shape), "", axes)]),
    step("Share of the target", held(shares), listLine(shares), each),
    ...(smoothing ? [step("Mean logarithm over all classes", held(means), "", each)] : []),
  ];
  if (shape.length > 1) {
    return { value: sum(losses) / losses.length, steps: [...steps, step("Minus its logarithm, for each token", held(losses), listLine(losses), each)],
             line: `(${sumLine(losses)}) / ${losses.length}` };
  }
  const line = `−ln ${number(shares[0]!)}`;
  return { value: losses[0]!, steps, line: smoothing ? `${number(1 - smoothing)} · (${line}) − ${number(smoothing)} · ${factor(means[0]!)}` : line };
}

function binary({ output, target }: Given): Worked {
  const [logit, truth] = [output[0]!, target[0]!], share = evaluate("sigmoid(x)", { x: logit });
  const value = evaluate("softplus(x)", { x: logit }) - truth * logit;
  const line = truth === 1 ? `−ln ${number(share)}` : truth === 0 ? `−ln(1 − ${number(share)})`
    : `−${number(truth)} · ln ${number(share)} − ${number(1 - truth)} · ln(1 − ${number(share)})`;
  return { value, steps: [step("Sigmoid of the output", share, `σ(${number(logit)}) = ${number(share)}`)], line };
}

function perceptron({ output, target }: Given): Worked {
  const value = output[0]!, sign = 2 * target[0]! - 1;
  return { value: Math.max(0, -sign * value), steps: [single("Side of the target", sign)], line: `max(0, −${factor(sign)} · ${factor(value)})` };
}

function numbers({ rule, output, shape, target }: Given): Worked {
  const steps: Step[] = [], delta = rule.delta ?? 1;
  if (rule.of_classes) {
    output = logSoftmax(output, shape.at(-1)!).map(Math.exp);
    target = Float64Array.from(indices(shape), (index) => Number(index.at(-1) === target[0]));
    steps.push(step("Softmax of the output", tensor(output, shape), "", ["class"]));
  }
  const axes = shape.map(() => "value"), differences = output.map((value, i) => value - target[i]!);
  const [title, change]: [string, (x: number) => number] = rule.kind === "squared" ? ["Squared differences", (x) => x * x]
    : rule.kind === "absolute" ? ["Absolute differences", Math.abs] : ["Huber of the differences", (x) => (Math.abs(x) < delta ? (x * x) / 2 : delta * (Math.abs(x) - delta / 2))];
  const terms = differences.map(change), total = sum(terms);
  steps.push(step("Output minus target", tensor(differences, shape), listLine(differences), axes), step(title, tensor(terms, shape), "", axes));
  return rule.mean !== false && size(shape) > 1 ? { value: total / terms.length, steps, line: `(${sumLine(terms)}) / ${terms.length}` } : { value: total, steps, line: sumLine(terms) };
}

const KINDS: Record<string, (given: Given) => Worked> = { cross_entropy: crossEntropy, likelihood: crossEntropy, binary_cross_entropy: binary, perceptron };

export const reading = (): number[] => [0];
