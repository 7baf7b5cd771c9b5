// One panel's picture as shapes: a map over the input, bars, or tinted tokens; below it the scale of its colors.

import { grayOf } from "../attention/photo";
import type { Box } from "../operation/box";
import { colorsFor, type Paper } from "../operation/paper";
import { imageOf } from "../path/photo";
import { colorsOf, type Colors, type Shape } from "../scene";
import { formatNumber } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import { drawBars } from "./bars";
import type { Chosen, Spot } from "./choices";
import type { Attribution } from "./contract";
import { drawTokens } from "./tokens";
import { type Shown, shownOf } from "./values";

export interface Drawing { found: Attribution; picture: Tensor; names: string[]; limit: number; chosen: Chosen; spot: Spot | null; isWrong: boolean }

export const LEGEND_PX = 34;
const BAR_PX = 8;

export function drawPanel(drawing: Drawing, box: Box, paper: Paper): Shape[] {
  const { found, chosen, isWrong } = drawing, shown = shownOf(found, chosen), colors = isWrong ? grays(paper, shown.isSigned) : colorsFor(paper, shown.isSigned);
  const inner = { ...box, height: box.height - LEGEND_PX * paper.scale };
  const body = isMap(found) ? drawMap(drawing, shown, colors, inner, paper) : found.kind === "tokens" ? drawTokens(drawing, shown, colors, inner, paper) : drawBars(drawing, shown, colors, inner, paper);
  const frame = isMap(found) ? frameOf(drawing, shown, inner) : inner;
  return [...body, ...(isWrong ? cross(frame, paper) : []), ...legend(shown, drawing.limit, colors, { ...frame, y: box.y + inner.height + 6 }, paper)];
}

export const isMap = ({ values, kind }: Attribution): boolean => kind === "image" || values.shape.length === 4;

// The largest place of the input's proportions, at the top.
export function frameOf({ picture: { shape, data } }: Pick<Drawing, "picture">, { rows, columns }: Shown, { x, y, width, height }: Box): Box {
  const [down, across] = data.length ? [shape[1]!, shape[2]!] : [rows, columns], scale = Math.min(width / across, height / down);
  return { x: x + (width - across * scale) / 2, y, width: across * scale, height: down * scale };
}

function drawMap({ picture, limit, chosen: { isOver, strength }, spot, found }: Drawing, shown: Shown, colors: Colors, inner: Box, paper: Paper): Shape[] {
  const { values, rows, columns } = shown, frame = frameOf({ picture }, shown, inner), isOn = isOver && picture.data.length > 0;
  const map: Shape = { kind: "map", ...frame, values, from: 0, rows, columns, limit, colors, ...(isOn ? { alpha: strength } : {}) };
  return [
    ...(isOn ? [imageOf(grayOf(picture), frame)] : []), map, { kind: "rect", ...frame, stroke: paper.grid },
    ...(spot ? crosshair(spot, frame, picture.data.length ? picture.shape.slice(1) : found.values.shape.slice(-2), paper) : []),
  ];
}

function crosshair({ row, column }: Spot, { x, y, width, height }: Box, [rows, columns]: number[], paper: Paper): Shape[] {
  const [across, down] = [width / columns!, height / rows!], [left, top] = [x + column * across, y + row * down];
  const lines: Shape[] = [
    { kind: "line", x, y: top + down / 2, toX: x + width, toY: top + down / 2, stroke: paper.accent, alpha: 0.5 },
    { kind: "line", x: left + across / 2, y, toX: left + across / 2, toY: y + height, stroke: paper.accent, alpha: 0.5 },
  ];
  const cell = { x: left - 1, y: top - 1, width: across + 2, height: down + 2 };
  return [...lines, { kind: "rect", ...cell, stroke: "#ffffff", line: 4 }, { kind: "rect", ...cell, stroke: paper.accent, line: 2 }];
}

// So that nobody takes it for the truth.
function cross({ x, y, width, height }: Box, paper: Paper & { problem?: string }): Shape[] {
  const stroke = paper.problem ?? paper.text, ends = [[x, y, x + width, y + height], [x, y + height, x + width, y]] as const;
  return ends.flatMap(([fromX, fromY, toX, toY]): Shape[] => [
    { kind: "line", x: fromX, y: fromY, toX, toY, stroke: paper.background, line: 6 },
    { kind: "line", x: fromX, y: fromY, toX, toY, stroke, line: 3 },
  ]);
}

const grays = ({ dark, background }: Paper, isSigned: boolean): Colors =>
  colorsOf(isSigned ? ["#6b7280", background, dark ? "#cbd5e1" : "#374151"] : [background, dark ? "#cbd5e1" : "#374151"], isSigned, "#9ca3af");

const ramp = Float32Array.from({ length: 201 }, (_, n) => n / 100 - 1);

function legend({ isSigned }: Shown, limit: number, colors: Colors, { x, y, width }: Box, paper: Paper): Shape[] {
  const most = formatNumber(limit, 3), below = y + BAR_PX + 10 * paper.scale, [from, columns] = isSigned ? [0, 201] : [100, 101];
  const write = (at: number, words: string, align: "left" | "center" | "right"): Shape => ({ kind: "text", x: at, y: below, words, color: paper.muted, px: 12, align });
  return [
    { kind: "map", x, y, width, height: BAR_PX, values: ramp, from, rows: 1, columns, limit: 1, colors },
    write(x, isSigned ? `−${most}` : "0", "left"), ...(isSigned ? [write(x + width / 2, "0", "center")] : []), write(x + width, most, "right"),
  ];
}
