// Numbers of the arithmetic as colored cells, and as bars.

import { formatNumber } from "../../../common/numbers";
import type { Operation, Step } from "../rules/contract";
import { limitOf, type Shape } from "../scene";
import type { Setting, Term } from "./arithmetic";
import type { Box } from "./box";
import { colorsFor, inkFor } from "./paper";
import { hatch, isPadding } from "./padding";
import { scaleOf, shortNumber, type Scale } from "./short";
import { valueAt, type Column } from "./tables";

export const LEAST_NUMBER_PX = 24;
const UNSIGNED = [
  "Exponentials, after the largest is subtracted", "Share of the sum", "Softmax of the output", "Share of the target",
  "Similarity of the query to each key", "Squared differences", "Absolute differences", "Huber of the differences",
];

export function isUnsigned({ operand, title }: Step, { operands }: Operation): boolean {
  return operands[operand] ? !operands[operand].signed : UNSIGNED.includes(title);
}

// A step about an operand has the operand's own scale, so that its colors are those of the map beside it.
export const limitFor = ({ operand, values }: Step, { operands }: Operation): number => limitOf((operands[operand]?.values ?? values).data);

// So are the decimals of the numbers in its cells.
export const scaleFor = ({ operand, values }: Step, { operands }: Operation): Scale => scaleOf((operands[operand]?.values ?? values).data);

export function drawCells(column: Column, row: number, box: Box, setting: Setting, table: number, places: [Box, Term][]): Shape[] {
  const { paper, operation, term } = setting, { rows, columns, step } = column, area = rows * columns, width = box.width / columns;
  const height = box.height / rows;
  const limit = limitFor(step, operation), signed = !isUnsigned(step, operation), picked = pickedOf(setting);
  const scale = scaleFor(step, operation), px = width < 30 ? 10 : width < 40 ? 11 : 13;
  const shapes: Shape[] = [{ kind: "map", ...box, values: step.values.data, from: row * area, rows, columns, limit, colors: colorsFor(paper, signed) },
                           { kind: "rect", ...box, stroke: paper.grid }];
  for (let cell = 0; cell < area; cell++) {
    const own = { x: box.x + (cell % columns) * width, y: box.y + Math.floor(cell / columns) * height, width, height };
    const value = valueAt(column, row, cell);
    const { ink } = inkFor(paper, signed, value, limit), place = { table, cell: row * area + cell };
    places.push([own, place]);
    if (isPadding(setting, step, place.cell)) shapes.push(hatch(own, paper));
    if (width >= LEAST_NUMBER_PX) shapes.push({ kind: "text", x: own.x + width / 2, y: own.y + height / 2, words: shortNumber(value, scale, width), color: ink, px, align: "center" });
    if (picked?.[cell] || (term?.table === table && term.cell === place.cell)) shapes.push({ kind: "rect", ...own, stroke: paper.text, line: 2 });
  }
  return shapes;
}

// In which place of a pooling window the largest value is, once that step is shown.
function pickedOf({ explanation: { steps }, shown }: Setting): ArrayLike<number> | null {
  const found = steps.findIndex(({ title }) => title === "Largest of the window");
  return found >= 0 && found < shown ? steps[found]!.values.data : null;
}

// A number with a bar of its size, from zero in the middle or from the left.
export function drawBar(column: Column, row: number, box: Box, setting: Setting): Shape[] {
  const { paper, operation } = setting, value = valueAt(column, row), signed = !isUnsigned(column.step, operation);
  const share = Number.isFinite(value) ? Math.max(-1, Math.min(1, value / limitFor(column.step, operation))) : 0;
  const reach = signed ? box.width / 2 : box.width, zero = signed ? box.x + reach : box.x;
  const color = signed ? inkFor(paper, true, Math.sign(value), 1).fill : paper.muted, marked = row === markedRow(setting);
  return [
    { kind: "rect", ...box, fill: paper.panel },
    { kind: "rect", ...box, x: Math.min(zero, zero + share * reach), width: Math.abs(share) * reach, fill: color, alpha: value ? 0.4 : 0 },
    ...(marked ? [{ kind: "rect", ...box, stroke: paper.text, line: 1.5 } as Shape] : []),
    { kind: "line", x: zero, y: box.y, toX: zero, toY: box.y + box.height, stroke: paper.muted, alpha: 0.5 },
    { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: formatNumber(value, 3), color: paper.text, px: 12, align: "center" },
  ];
}

// The row of the unit itself along a softmax, and of the target in a loss.
function markedRow({ operation: { rule, operands }, explanation: { unit } }: Setting): number {
  if (rule.type === "Softmax") return unit[rule.axis]!;
  const [output, target] = operands;
  return rule.type === "Loss" && !target!.axes.length && output!.values.data.length > 1 ? target!.values.data[0]! : -1;
}
