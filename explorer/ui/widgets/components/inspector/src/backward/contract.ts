// The way back as explorer/results/backward_results.py has it.

import type { Tensor } from "../../../common/tensors";
import type { Operand, Window } from "../rules/contract";

export interface BackwardPath {
  node: string;            // the reader; "loss" for the number itself, "" for a network's own code
  block: string;
  rule: string;
  gradient: number;
  line: string;
  arriving_map: Operand;
  windows: Window[];
  units: Tensor;           // (term, axis)
  arriving: Tensor;
  local: Tensor;
  products: Tensor;
  grid: number[];
  count: number;
  rest: number;
  toward: number[];
}

export interface BackwardSource { name: string; node: string; parameter: string; unit: number[]; value: number; gradient: number; trained: boolean }

export interface BackwardView {
  node: string;
  block: string;
  of: string;
  of_value: number;
  unit: number[];
  parameter: string;       // "" for a unit of the output
  index: number[];         // of the parameter's element
  value: number;
  gradient: number;
  total: number;
  gradient_map: Operand;
  parameters: Operand[];
  paths: BackwardPath[];
  sources: BackwardSource[];
  line: string;
  sentence: string | null;
  trained: boolean;
}

// A value that can be gone to. `parameter`: an element's name within its node with its index, "" for a unit.
export interface Stop { node: string; unit: number[] | null; parameter: string }

export const LOSS = "loss";

export const elementOf = (name: string, index: number[]): string => `${name}[${index.join(", ")}]`;

export const stopOf = ({ node, unit, parameter, index }: BackwardView): Stop =>
  ({ node, unit: parameter ? null : unit, parameter: parameter ? elementOf(parameter, index) : "" });

export const stopAt = ({ node, parameter, unit }: BackwardSource): Stop =>
  (parameter ? { node, unit: null, parameter: elementOf(parameter, unit) } : { node, unit, parameter: "" });

export const isSameStop = (a: Stop, b: Stop): boolean => a.node === b.node && a.parameter === b.parameter && String(a.unit ?? "") === String(b.unit ?? "");

// A value by its name: `conv1 (0, 3, 4)`, `conv1.weight[0, 0, 2, 2]`.
export const nameOf = ({ node, unit, parameter }: Stop): string =>
  (parameter ? `${node}.${parameter}` : unit?.length ? `${node} (${unit.join(", ")})` : node);
