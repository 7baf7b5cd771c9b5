// Places of a window that lie in the padding: a zero there was not measured.

import { cellsOf } from "../rules/arrays";
import type { Explanation, Step } from "../rules/contract";
import type { Shape } from "../scene";
import type { Setting } from "./arithmetic";
import type { Box } from "./box";
import type { Paper } from "./paper";

const LINES = 3;
const known = new WeakMap<Explanation, Int32Array | null>();

// cell: a flat place of the step's values.
export function isPadding({ explanation, operation }: Setting, step: Step, cell: number): boolean {
  if (step.operand !== 0) return false;
  if (!known.has(explanation)) {
    const window = explanation.windows.find(({ operand }) => operand === 0);
    known.set(explanation, window ? cellsOf(window, operation.operands[0]!.values.shape) : null);
  }
  const places = known.get(explanation);
  return places?.length === step.values.data.length && places[cell] === -1;
}

// Lines from the lower left to the upper right.
export function hatch(box: Box, paper: Paper): Shape {
  const { x, y, width, height } = box, d = Array.from({ length: LINES }, (_, n) => {
    const along = ((width + height) * (n + 1)) / (LINES + 1);
    const down = Math.min(along, height), over = Math.min(along, width);
    return `M${x + along - down} ${y + down}L${x + over} ${y + along - over}`;
  });
  return { kind: "path", d: d.join(""), stroke: paper.muted, alpha: 0.6 };
}
