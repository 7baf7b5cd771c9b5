// Pictures beside the arithmetic, by rule: the curve of an activation.

import type { Explanation, Operation } from "../rules/contract";
import type { Shape } from "../scene";
import type { Box } from "./box";
import type { Paper } from "./paper";

export function drawExtra(_operation: Operation, _explanation: Explanation, _box: Box, _paper: Paper, _words: Record<string, string>): { shapes: Shape[]; height: number } {
  return { shapes: [], height: 0 };
}
