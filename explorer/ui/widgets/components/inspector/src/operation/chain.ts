// Single numbers of the arithmetic, one after the other, to the result, which is nearest to its place in the output.

import { formatNumber } from "../numbers";
import { limitOf, type Shape } from "../scene";
import { titleOf, type Setting } from "./arithmetic";
import type { Box } from "./box";
import { inkFor } from "./paper";
import type { Single } from "./tables";

const ITEM_PX = 124, LINE_PX = 58, SIGNS: Record<string, string> = { "Bias": "+", "Divisor": "/" };

const perLine = (width: number): number => Math.max(1, Math.floor(width / ITEM_PX));

export const chainHeight = (singles: Single[], width: number): number => Math.ceil(singles.length / perLine(width)) * LINE_PX;

export function drawChain(singles: Single[], box: Box, { paper, words, shown, operation }: Setting): { shapes: Shape[]; result: Box | null } {
  const shapes: Shape[] = [], most = perLine(box.width);
  const left = box.x + Math.max(0, box.width - Math.min(most, singles.length) * ITEM_PX);
  const limit = limitOf(operation.output.values.data);
  let result: Box | null = null;
  singles.forEach(({ step, order }, n) => {
    const x = left + (n % most) * ITEM_PX, y = box.y + Math.floor(n / most) * LINE_PX, value = step.values.data[0]!;
    const isLast = n === singles.length - 1;
    if (order >= shown) return;
    const sign = isLast && n ? "=" : SIGNS[step.title] ?? "", own = { x: x + 18, y: y + 22, width: ITEM_PX - 30, height: 26 };
    shapes.push({ kind: "text", x: own.x, y: y + 10, words: titleOf(step, words), color: paper.muted, px: 12, most: ITEM_PX - 20 });
    if (sign) shapes.push({ kind: "text", x: x + 7, y: y + 35, words: sign, color: paper.muted, px: 17, align: "center" });
    if (isLast) {
      const { fill: back, ink } = inkFor(paper, operation.output.signed, value, limit);
      shapes.push({ kind: "rect", ...own, fill: back, stroke: paper.text, line: 2 },
                  { kind: "text", x: own.x + own.width / 2, y: own.y + 13, words: formatNumber(value), color: ink, px: 15, weight: 600, align: "center" });
      result = own;
    } else {
      shapes.push({ kind: "text", x: own.x, y: own.y + 13, words: formatNumber(value), color: paper.text, px: 15 });
    }
  });
  return { shapes, result };
}
