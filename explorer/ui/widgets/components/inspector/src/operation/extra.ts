// Pictures above the arithmetic that some rules have.

import type { Explanation, Operation } from "../rules/contract";
import type { Shape } from "../scene";
import type { Box } from "./box";
import { drawCurve } from "./curve";
import type { Paper } from "./paper";
import { drawSpread } from "./spread";

const HEIGHT_PX = 190, WIDTH_PX = 340, GAP_PX = 14;

export interface Extra { shapes: Shape[]; height: number; box: Box | null }

export function drawExtra(operation: Operation, explanation: Explanation, box: Box, paper: Paper, words: Record<string, string>): Extra {
  const { rule } = operation, own = { ...box, width: Math.min(box.width, WIDTH_PX), height: Math.min(HEIGHT_PX, box.height / 2) };
  const drawn = (shapes: Shape[]): Extra => ({ shapes, height: own.height + GAP_PX, box: own });
  if (rule.type === "Pointwise" && rule.curve_x.data.length) return drawn(drawCurve(rule, explanation, own, paper));
  if (rule.type === "Normalization" && explanation.windows.length) return drawn(drawSpread(operation, explanation, own, paper, words));
  return { shapes: [], height: 0, box: null };
}
