// The arithmetic of one unit of any rule, as explorer/operations/arithmetic computes it in Python.

import { at } from "./arrays";
import { additive, linear } from "./attention";
import type { Explanation, Operation } from "./contract";
import * as correlation from "./correlation";
import * as gather from "./gather";
import * as loss from "./loss";
import * as normalization from "./normalization";
import * as pointwise from "./pointwise";
import * as pooling from "./pooling";
import * as product from "./product";
import * as recurrent from "./recurrent";
import * as softmax from "./softmax";
import * as transposed from "./transposed";
import type { Work } from "./work";

interface Arithmetic {
  explain(operation: any, unit: number[]): Work;
  reading(operation: any, operand: number, cell: number[]): number[];
}

const RULES: Record<string, Arithmetic> = {
  Correlation: correlation, TransposedCorrelation: transposed, Pooling: pooling, Reduction: pooling.reduction, MatrixProduct: product,
  Normalization: normalization, Pointwise: pointwise, Formulas: pointwise.formulas, Softmax: softmax, Loss: loss,
  Elementwise: pointwise.elementwise, Gather: gather, WeightedGather: gather.weighted, Recurrent: recurrent,
  AdditiveScores: additive, LinearAttention: linear,
};

// Whether the arrays hold what a unit reads: not where they are thinned, nor of the other direction of a recurrent layer.
export function isExplained({ rule, is_reduced, operands }: Operation, unit: number[]): boolean {
  if (is_reduced || !(rule.type in RULES)) return false;
  return rule.type !== "Recurrent" || (unit[1]! >= rule.first && unit[1]! < rule.first + operands[1]!.values.shape[1]!);
}

export function explain(operation: Operation, unit: number[]): Explanation {
  return { unit, model_value: at(operation.output.values, unit), ...RULES[operation.rule.type]!.explain(operation, unit) };
}

// Flat places of the output that read a cell of an operand.
export function unitsReading(operation: Operation, operand: number, cell: number[]): number[] {
  return operation.is_reduced ? [] : RULES[operation.rule.type]?.reading(operation, operand, cell) ?? [];
}
