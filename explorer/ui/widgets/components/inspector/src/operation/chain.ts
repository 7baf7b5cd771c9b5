// Single numbers of the arithmetic, one after the other, to the result, which is nearest to its place in the output.

import { formatNumber } from "../../../common/numbers";
import { limitOf, type Shape } from "../scene";
import { titleOf, type Setting } from "./arithmetic";
import type { Box } from "./box";
import { inkFor } from "./paper";
import { SIGNS } from "./table";
import type { Single } from "./tables";

const ITEM_PX = 124, LEAST_ITEM_PX = 88, ROOMY_PX = 110, LINE_PX = 58;
const SUMS = ["Correlation", "TransposedCorrelation", "Pooling", "Reduction", "MatrixProduct"];  // whose last number is that of the ones before

// Narrower where all of them then have one line.
function itemWidth({ length }: Single[], width: number): number {
  return length * LEAST_ITEM_PX <= width ? Math.min(ITEM_PX, width / length) : ITEM_PX;
}

const perLine = (singles: Single[], width: number): number => Math.max(1, Math.floor(width / itemWidth(singles, width) + 1e-6));

export const chainHeight = (singles: Single[], width: number): number => Math.ceil(singles.length / perLine(singles, width)) * LINE_PX;

export function drawChain(singles: Single[], box: Box, { paper, words, shown, operation }: Setting): { shapes: Shape[]; result: Box | null } {
  const shapes: Shape[] = [], most = perLine(singles, box.width), item = itemWidth(singles, box.width), digits = item < ROOMY_PX ? 3 : 4;
  const left = box.x + Math.max(0, box.width - Math.min(most, singles.length) * item);
  const limit = limitOf(operation.output.values.data);
  const end = SUMS.includes(operation.rule.type) ? "=" : "→";
  let result: Box | null = null;
  singles.forEach(({ step, order }, n) => {
    const x = left + (n % most) * item, y = box.y + Math.floor(n / most) * LINE_PX, value = step.values.data[0]!;
    const isLast = n === singles.length - 1;
    if (order >= shown) return;
    const sign = isLast && n ? end : SIGNS[step.title] ?? "", own = { x: x + 18, y: y + 22, width: item - 30, height: 26 };
    shapes.push({ kind: "text", x: own.x, y: y + 10, words: titleOf(step, words), color: paper.muted, px: 12, most: item - 20 });
    if (sign && (n || isLast || SUMS.includes(operation.rule.type))) shapes.push({ kind: "text", x: x + 7, y: y + 35, words: sign, color: paper.muted, px: 17, align: "center" });
    if (isLast) {
      const { fill: back, ink } = inkFor(paper, operation.output.signed, value, limit);
      shapes.push({ kind: "rect", ...own, fill: back, stroke: paper.text, line: 2 },
                  { kind: "text", x: own.x + own.width / 2, y: own.y + 13, words: formatNumber(value), color: ink, px: 15, weight: 600, align: "center" });
      result = own;
    } else {
      shapes.push({ kind: "text", x: own.x, y: own.y + 13, words: formatNumber(value, digits), color: paper.text, px: 15 });
    }
  });
  return { shapes, result };
}
