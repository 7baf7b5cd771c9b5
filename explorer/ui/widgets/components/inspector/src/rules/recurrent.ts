// One step of a recurrent layer at one unit: its gates, the new cell, the new hidden state.

import { at, product, sum, tensor } from "./arrays";
import type { Of, Operand, Recurrent, Step, Window } from "./contract";
import { evaluate } from "./formula";
import { factor, listLine, number, plus, productsLine } from "./line";
import { box, cell, row, rowWindow, single, step, type Work } from "./work";

const GATES: Record<string, number> = { tanh: 1, relu: 1, lstm: 4, gru: 3 };

interface Given {
  operands: Operand[]; places: Record<string, number>; token: number; own: number; gates: number;
  x: Float64Array; h: Float64Array; parts: number[][];
}  // parts: W x, U h and both biases, a number for each gate
interface Finished { value: number; line: string; steps: Step[] }

export function explain({ rule, operands }: Of<Recurrent>, [token, feature]: number[]): Work {
  const given = readGiven(operands, token!, feature! - rule.first, GATES[rule.kind]!), { value, line, steps } = FINISH[rule.kind]!(given);
  const written = `${line} = ${number(value)}`;
  return { value, windows: windowsOf(given), line: written, steps: [
    ...productsOf(given, "input", given.x, "feature", ["Input of this step", "Weights of the input", "Input × weights"]),
    ...productsOf(given, "hidden", given.h, "unit", ["Hidden state before", "Weights of the hidden state", "Hidden state × weights"]),
    ...sumsOf(given), ...steps, step("New hidden state", value, written),
  ] };
}

function readGiven(operands: Operand[], token: number, own: number, gates: number): Given {
  const places = Object.fromEntries(operands.map(({ name }, place) => [name, place]));
  const [x, h] = ["input", "hidden"].map((name) => row(operands[places[name]!]!.values, [token, 0], 1)) as [Float64Array, Float64Array];
  const given = { operands, places, token, own, gates, x, h, parts: [] };
  const times = (name: string, values: Float64Array) => weightsOf(given, name).map((weights) => sum(product(weights, values)));
  const bias = (name: string) => Array.from({ length: gates }, (_, gate) => (name in places ? operands[places[name]!]!.values.data[gate * h.length + own]! : 0));
  return { ...given, parts: [times("weight_input", x), times("weight_hidden", h), bias("bias_input"), bias("bias_hidden")] };
}

// This unit's row of weights for each gate.
function weightsOf({ operands, places, own, gates, h }: Given, name: string): Float64Array[] {
  return Array.from({ length: gates }, (_, gate) => row(operands[places[name]!]!.values, [gate * h.length + own, 0], 1));
}

// What comes in, or the state before, times the weights of each gate.
function productsOf(given: Given, name: string, values: Float64Array, axis: string, [whole, weighted, multiplied]: [string, string, string]): Step[] {
  const rows = weightsOf(given, `weight_${name}`), { gates, places } = given, shape = [values.length, gates];
  const weights = Float64Array.from({ length: values.length * gates }, (_, i) => rows[i % gates]![Math.floor(i / gates)]!);
  const products = weights.map((weight, i) => weight * values[Math.floor(i / gates)]!);
  return [step(whole, values, "", [axis], places[name]), step(weighted, tensor(weights, shape), "", [axis, "gate"], places[`weight_${name}`]),
          step(multiplied, tensor(products, shape), gates === 1 ? productsLine(values, rows[0]!) : "", [axis, "gate"])];
}

const sumOf = ({ parts }: Given, gate: number): number => sum(parts.map((part) => part[gate]!));

function sumsOf(given: Given): Step[] {
  const { parts, gates } = given, sums = Array.from({ length: gates }, (_, gate) => sumOf(given, gate)), [first, ...others] = parts;
  const written = sums.map((total, gate) => `${number(first![gate]!)}${others.map((part) => plus(part[gate]!)).join("")} = ${number(total)}`);
  return [...["W x", "U h", "b₁", "b₂"].map((title, place) => step(title, parts[place]!, listLine(parts[place]!), ["gate"])),
          step("Sum of the gate", sums, written.join("; "), ["gate"])];
}

function windowsOf({ operands, places, token, own, h, gates }: Given): Window[] {
  const found = [rowWindow(0, operands[0]!.values, [token, 0], 1), rowWindow(1, operands[1]!.values, [token, 0], 1)];
  for (const [name, place] of Object.entries(places)) {
    const { shape } = operands[place]!.values, rest = shape.slice(1);
    if (name === "cell") found.push(cell(place, [token, own]));
    else if (name !== "input" && name !== "hidden") {
      found.push(box(place, [own, ...rest.map(() => 0)], [own + (gates - 1) * h.length + 1, ...rest], [h.length, ...rest.map(() => 1)]));
    }
  }
  return found;
}

const sigmoid = (x: number): number => evaluate("sigmoid(x)", { x });
const before = ({ operands, places, token, own }: Given, name: string): number => at(operands[places[name]!]!.values, [token, own]);

const plain = (change: (x: number) => number, name: string) => (given: Given): Finished => {
  const total = sumOf(given, 0);
  return { value: change(total), line: `${name}(${number(total)})`, steps: [] };
};

function lstm(given: Given): Finished {
  const [i, f, o] = [0, 1, 3].map((gate) => sigmoid(sumOf(given, gate))) as [number, number, number];
  const g = Math.tanh(sumOf(given, 2)), old = before(given, "cell"), fresh = f * old + i * g, squashed = Math.tanh(fresh);
  const line = `${number(f)} · ${factor(old)} + ${number(i)} · ${factor(g)} = ${number(fresh)}`;
  return { value: o * squashed, line: `${number(o)} · tanh(${number(fresh)})`, steps: [
    step("After the activation", [i, f, g, o], `σ → ${number(i)}, ${number(f)}; tanh → ${number(g)}; σ → ${number(o)}`, ["gate"]),
    single("Cell before", old, given.places.cell), step("New cell: forget · cell + input · candidate", fresh, line),
    step("tanh of the new cell", squashed, `tanh(${number(fresh)}) = ${number(squashed)}`),
  ] };
}

function gru(given: Given): Finished {
  const [r, z] = [0, 1].map((gate) => sigmoid(sumOf(given, gate))) as [number, number];
  const [wx, uh, biasInput, biasHidden] = given.parts.map((part) => part[2]!) as [number, number, number, number];
  const fresh = Math.tanh(wx + biasInput + r * (uh + biasHidden)), old = before(given, "hidden");
  const inner = `${number(wx + biasInput)} + ${number(r)} · ${factor(uh + biasHidden)}`;
  return { value: (1 - z) * fresh + z * old, line: `(1 − ${number(z)}) · ${factor(fresh)} + ${number(z)} · ${factor(old)}`, steps: [
    step("After the activation", [r, z, fresh], `σ → ${number(r)}, ${number(z)}; tanh(${inner}) = ${number(fresh)}`, ["gate"]),
    single("This unit's state before", old, given.places.hidden),
  ] };
}

const FINISH: Record<string, (given: Given) => Finished> =
  { tanh: plain(Math.tanh, "tanh"), relu: plain((x) => Math.max(x, 0), "relu"), lstm, gru };

export function reading({ operands, output }: Of<Recurrent>, operand: number, [token]: number[]): number[] {
  const width = output.values.shape[1]!;
  return operands[operand]!.role === "parameter" ? [] : Array.from({ length: width }, (_, unit) => token! * width + unit);
}
