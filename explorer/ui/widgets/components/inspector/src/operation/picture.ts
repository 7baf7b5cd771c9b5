// The whole picture of an operation for one unit: arrays, frames around what the unit reads, its arithmetic.

import { unravel } from "../rules/arrays";
import type { Explanation } from "../rules/contract";
import type { Scene, Shape } from "../scene";
import { drawArithmetic, type Arithmetic, type Term } from "./arithmetic";
import type { Board } from "./board";
import { around, bottom, grown, right, type Box, type CutBox, type Side } from "./box";
import { drawExtra } from "./extra";
import type { Paper } from "./paper";

export interface Moment {
  explanation: Explanation; flat: number; shown: number; term: Term | null; fed: number[] | null;
  source: { operand: number; flat: number } | null;
}

const JOINED_MOST = 40;

export function drawPicture(board: Board, moment: Moment, paper: Paper, words: Record<string, string>): { scene: Scene; arithmetic: Arithmetic } {
  const { operation, middle } = board, { explanation, shown, term } = moment, shapes = board.shapes();
  const extra = drawExtra(operation, explanation, middle, paper, words);
  const box = { ...middle, y: middle.y + extra.height, height: middle.height - extra.height };
  const arithmetic = drawArithmetic({ explanation, operation, box, paper, words, shown, term, row: rowOf(board, moment) });
  shapes.push(...extra.shapes, ...arithmetic.shapes, ...frames(board, moment, paper, extra.box, arithmetic));
  return { scene: { width: board.width, height: board.height, background: paper.background, font: paper.font, scale: paper.scale, shapes }, arithmetic };
}

// The row of the arithmetic that is about the hovered input: its channel's, or its own of a vector.
function rowOf({ operation: { operands } }: Board, { explanation, source }: Moment): number | null {
  const window = source && explanation.windows.find(({ operand }) => operand === source.operand);
  if (!window) return null;
  const index = unravel(source.flat, operands[source.operand]!.values.shape), axis = index.length === 3 ? 0 : index.length - 1;
  return index[axis]! - window.start[axis]!;
}

// A frame that is seen on any color: the background's around the text's.
export function frame(box: CutBox, paper: Paper, line = 2): Shape[] {
  if (box.cut?.length) return openFrame(box, box.cut, paper, line);
  const { x, y, width, height } = grown(box, 1), own = { x, y, width, height };
  return [{ kind: "rect", ...own, stroke: paper.background, line: line + 2, alpha: 0.85 }, { kind: "rect", ...own, stroke: paper.text, line }];
}

// Dashed where the window goes on, in the padding.
function openFrame(box: Box, cut: Side[], paper: Paper, line: number): Shape[] {
  const { x, y } = box, [far, low] = [right(box), bottom(box)];
  const sides: [Side, number, number, number, number][] = [["left", x, y, x, low], ["right", far, y, far, low], ["top", x, y, far, y], ["bottom", x, low, far, low]];
  return sides.flatMap(([side, x, y, toX, toY]): Shape[] => {
    const own = { kind: "line", x, y, toX, toY } as const, dash = cut.includes(side) ? { dash: [3, 3] } : {};
    return [{ ...own, stroke: paper.background, line: line + 2, alpha: 0.85 }, { ...own, ...dash, stroke: paper.text, line }];
  });
}

function frames(board: Board, { explanation, flat, fed, source }: Moment, paper: Paper, extra: Box | null, arithmetic: Arithmetic): Shape[] {
  const byOperand = explanation.windows.map((window) => board.inputs.find(({ index }) => index === window.operand)?.windowBoxes(window) ?? []);
  const windows = byOperand.flat(), seen = byOperand.filter((boxes) => boxes.length);
  const main = (board.operation.rule.type === "Gather" ? seen.at(-1) : seen[0]) ?? [];  // behind a token is its row
  const units = board.results.flatMap((panel) => panel.cellBoxes([flat]));
  const feeds = fed ? board.results.flatMap((panel) => panel.regionBoxes(fed)) : [];
  const cell = source ? board.inputs.filter(({ index }) => index === source.operand).flatMap((panel) => panel.cellBoxes([source.flat])) : [];
  return [
    ...joins(board, main, extra, arithmetic, units[0] ?? null, paper),
    ...windows.flatMap((box) => frame(box, paper, windows.length > JOINED_MOST ? 1 : 1.5)),
    ...feeds.map((box): Shape => ({ kind: "rect", ...box, stroke: paper.text, line: 1, dash: [2, 2] })),
    ...cell.flatMap((box) => frame(box, paper, 2.5)), ...units.flatMap((box) => frame(box, paper, 2)),
  ];
}

// From the first window to the arithmetic's first array, and from the arithmetic's end to the unit.
function joins(board: Board, windows: Box[], extra: Box | null, { first, result }: Arithmetic, unit: Box | null, paper: Paper): Shape[] {
  const shapes: Shape[] = [], below = board.middle.y > 0;
  const from = windows.length && windows.length <= JOINED_MOST ? nearest(windows) : windows.length ? around(windows) : null;
  const target = first ?? extra ?? result;
  const lines = from && target ? corners(from, target, below) : [];
  for (const [x, y, toX, toY] of lines) shapes.push({ kind: "line", x, y, toX, toY, stroke: paper.muted, alpha: 0.55 });
  return result && unit && !below ? [...shapes, elbow(result, unit, right(board.middle) + 8, paper)] : shapes;
}

function corners(from: Box, to: Box, below: boolean): [number, number, number, number][] {
  if (!below) return [[right(from), from.y, to.x, to.y], [right(from), bottom(from), to.x, bottom(to)]];
  const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
  return [[upper.x, bottom(upper), lower.x, lower.y], [right(upper), bottom(upper), right(lower), lower.y]];
}

// Along the gap between the arithmetic and the result.
function elbow(from: Box, to: Box, x: number, paper: Paper): Shape {
  const y = from.y + from.height / 2, toY = to.y + to.height / 2;
  return { kind: "path", d: `M${right(from)} ${y}H${x}V${toY}H${to.x}`, stroke: paper.muted, alpha: 0.7 };
}

const nearest = (boxes: Box[]): Box => boxes.reduce((best, box) => (right(box) > right(best) + 1 ? box : best));
