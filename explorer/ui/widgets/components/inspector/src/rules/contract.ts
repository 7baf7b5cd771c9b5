// An operation as explorer/results/operations.py has it: a rule, its operands, the output, the arithmetic of one unit.

import type { Tensor } from "../../../common/tensors";

export interface Operand {
  name: string; values: Tensor; axes: string[]; role: string; labels: string[]; signed: boolean;
  every: number[]; full_shape: number[]; folded: number[];
}

export interface Correlation {
  type: "Correlation"; stride: number[]; padding: number[]; dilation: number[]; groups: number;
  padding_mode: string; as_tokens?: boolean;
}
export interface TransposedCorrelation {
  type: "TransposedCorrelation"; stride: number[]; padding: number[]; dilation: number[]; groups: number;
}
export interface Pooling { type: "Pooling"; kind: string; starts: Tensor; stops: Tensor; divisor: Tensor; step: number[] }
export interface Reduction { type: "Reduction"; kind: string; axes: number[] }
export interface MatrixProduct { type: "MatrixProduct"; scale: number; by_columns: boolean }
export interface Normalization {
  type: "Normalization"; eps: number; over: number[]; shared_by: number[]; scaled_by: number[];
  groups: number; center: boolean;
}
export interface Pointwise { type: "Pointwise"; formula: string; curve_x: Tensor; curve_y: Tensor; source: Tensor }
export interface Formulas { type: "Formulas"; formulas: string[] }
export interface Softmax { type: "Softmax"; axis: number; log: boolean }
export interface Loss { type: "Loss"; kind: string; smoothing?: number; delta?: number; of_classes?: boolean; mean?: boolean }
export interface Elementwise { type: "Elementwise"; kind: string }
export interface Gather { type: "Gather"; source: Tensor; index: Tensor; fill: number; chooser?: number }
export interface WeightedGather { type: "WeightedGather"; index: Tensor; weight: Tensor; channel?: number }
export interface Recurrent { type: "Recurrent"; kind: string; reverse: boolean; first: number }
export interface AdditiveScores { type: "AdditiveScores" }
export interface LinearAttention { type: "LinearAttention"; eps?: number }
export interface Unknown { type: "Unknown" }

export type Rule = Correlation | TransposedCorrelation | Pooling | Reduction | MatrixProduct | Normalization | Pointwise | Formulas | Softmax
  | Loss | Elementwise | Gather | WeightedGather | Recurrent | AdditiveScores | LinearAttention | Unknown;

export interface Operation {
  node: string; block: string; formula: string; rule: Rule; operands: Operand[]; output: Operand;
  is_reduced: boolean; full_shape: number[]; unit: Explanation | null;
  notice?: string | null;  // why the output is not what the arithmetic gives
}

// The places a unit reads of an operand: a box, which may reach outside the array, or flat `cells`.
export interface Window { operand: number; start: number[]; stop: number[]; step: number[]; cells: ArrayLike<number> }

// `title` is English where the browser computed the step, with a brace for `name`; the server's are in the page's language.
export interface Step { title: string; name?: string; values: Tensor; formula: string; axes: string[]; operand: number }

export interface Explanation { unit: number[]; value: number; model_value: number; windows: Window[]; steps: Step[]; line: string }

export type Of<R extends Rule> = Operation & { rule: R };
