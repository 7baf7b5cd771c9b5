// One step of a recurrent layer at one unit: its gates, the new cell, the new hidden state.

import { at, product, sum } from "./arrays";
import type { Of, Operand, Recurrent, Step, Window } from "./contract";
import { evaluate } from "./formula";
import { factor, number, sumLine } from "./line";
import { box, cell, row, rowWindow, step, type Work } from "./work";

const GATES: Record<string, [string, string][]> = {
  tanh: [["new", "Candidate"]], relu: [["new", "Candidate"]],
  lstm: [["input", "Input gate"], ["forget", "Forget gate"], ["cell", "Cell candidate"], ["output", "Output gate"]],
  gru: [["reset", "Reset gate"], ["update", "Update gate"], ["new", "Candidate"]],
};

interface Given {
  rule: Recurrent; operands: Operand[]; places: Record<string, number>; token: number; own: number;
  x: Float64Array; h: Float64Array;
}
type Parts = Record<string, number[]>;  // W x, U h and both biases of each gate
interface Finished { value: number; line: string; steps: Step[] }

export function explain({ rule, operands }: Of<Recurrent>, [token, feature]: number[]): Work {
  const places = Object.fromEntries(operands.map(({ name }, place) => [name, place])), gates = GATES[rule.kind]!;
  const [x, h] = ["input", "hidden"].map((name) => row(operands[places[name]!]!.values, [token!, 0], 1));
  const given: Given = { rule, operands, places, token: token!, own: feature! - rule.first, x: x!, h: h! };
  const parts: Parts = Object.fromEntries(gates.map(([name], place) => [name, gate(given, place)]));
  const { value, line, steps } = FINISH[rule.kind]!(given, parts);
  const written = `${line} = ${number(value)}`;
  return { value, windows: windowsOf(given, gates.length), line: written, steps: [
    step("Input of this step", given.x, "", ["feature"], 0), step("Hidden state before", given.h, "", ["unit"], 1),
    ...gates.map(([name, title]) => gateStep(title, parts[name]!)), ...steps, step("New hidden state", value, written),
  ] };
}

function gate({ operands, places, own, x, h }: Given, place: number): number[] {
  const index = place * h.length + own, of = (name: string) => operands[places[name]!]!.values;
  const biases = ["bias_input", "bias_hidden"].map((name) => (name in places ? of(name).data[index]! : 0));
  return [sum(product(row(of("weight_input"), [index, 0], 1), x)), sum(product(row(of("weight_hidden"), [index, 0], 1), h)), ...biases];
}

function gateStep(title: string, part: number[]): Step {
  return step(title, part, `${sumLine(part)} = ${number(sum(part))}`, ["W x, U h, biases"]);
}

function windowsOf({ operands, places, token, own, h }: Given, gates: number): Window[] {
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

const plain = (change: (x: number) => number, name: string) => (_: Given, parts: Parts): Finished => {
  const total = sum(parts.new!);
  return { value: change(total), line: `${name}(${number(total)})`, steps: [] };
};

function lstm(given: Given, parts: Parts): Finished {
  const [i, f, o] = ["input", "forget", "output"].map((name) => sigmoid(sum(parts[name]!))) as [number, number, number];
  const g = Math.tanh(sum(parts.cell!)), old = before(given, "cell"), fresh = f * old + i * g;
  const line = `${number(f)} · ${factor(old)} + ${number(i)} · ${factor(g)} = ${number(fresh)}`;
  return { value: o * Math.tanh(fresh), line: `${number(o)} · tanh(${number(fresh)})`, steps: [
    step("Gates and candidate after their activations", [i, f, g, o], `σ → ${number(i)}, ${number(f)}; tanh → ${number(g)}; σ → ${number(o)}`, ["gate"]),
    step("New cell: forget · cell + input · candidate", fresh, line),
  ] };
}

function gru(given: Given, parts: Parts): Finished {
  const [r, z] = ["reset", "update"].map((name) => sigmoid(sum(parts[name]!))) as [number, number];
  const [wx, uh, biasInput, biasHidden] = parts.new as [number, number, number, number];
  const fresh = Math.tanh(wx + biasInput + r * (uh + biasHidden)), old = before(given, "hidden");
  const inner = `${number(wx + biasInput)} + ${number(r)} · ${factor(uh + biasHidden)}`;
  return { value: (1 - z) * fresh + z * old, line: `(1 − ${number(z)}) · ${factor(fresh)} + ${number(z)} · ${factor(old)}`, steps: [
    step("Reset and update gate after σ", [r, z], `σ → ${number(r)}, ${number(z)}`, ["gate"]),
    step("Candidate: the reset gate scales what comes from the hidden state", fresh, `tanh(${inner}) = ${number(fresh)}`),
  ] };
}

const FINISH: Record<string, (given: Given, parts: Parts) => Finished> =
  { tanh: plain(Math.tanh, "tanh"), relu: plain((x) => Math.max(x, 0), "relu"), lstm, gru };

export function reading({ operands, output }: Of<Recurrent>, operand: number, [token]: number[]): number[] {
  const width = output.values.shape[1]!;
  return operands[operand]!.role === "parameter" ? [] : Array.from({ length: width }, (_, unit) => token! * width + unit);
}
