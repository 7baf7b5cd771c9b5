// The path as shapes.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import { colorsFor, inkFor, type Paper } from "../operation/paper";
import { limitOf, type Scene, type Shape } from "../scene";
import type { Tensor } from "../../../common/tensors";
import { isWhole, type Stage, type UnitPath } from "./contract";
import { type Box, boxOf, type Cell, type Column, FOOT, type Layout, TOP } from "./layout";
import { imageOf } from "./photo";

const LIGHT = "#ffffff", DARK = "#1f2937";

export function draw(path: UnitPath, layout: Layout, paper: Paper, words: Words, pointed: Cell | null, left: number, width: number): Scene {
  const shapes: Shape[] = [], { columns, patch } = layout;
  if (patch) shapes.push(...drawPatch(path.patch, patch, paper, words), ...joined(patch, columns[0]!.frame, paper));
  columns.slice(1).forEach((column, place) => shapes.push(...joined(columns[place]!.frame, column.frame, paper)));
  columns.forEach((column, place) => shapes.push(...drawColumn(column, place === 0, place === columns.length - 1, path, paper, words)));
  if (pointed) shapes.push(...framed(boxOf(pointed), paper.accent));
  const seen = shapes.map((shape) => moved(shape, -left)).filter((shape) => isSeen(shape, width));
  return { width, height: layout.height, background: paper.background, font: paper.font, scale: paper.scale, shapes: seen };
}

function drawColumn(column: Column, isFirst: boolean, isLast: boolean, path: UnitPath, paper: Paper, words: Words): Shape[] {
  const { stage, x, width, box, frame, form } = column, middle = x + width / 2, foot = TOP + Math.max(width, box.y - TOP + box.height);
  const name = stage.node.split(".").slice(-2).join(".");
  const said = (words: string, y: number, more: object): Shape => ({ kind: "text", x: middle, y, words, color: paper.muted, px: 12, align: "center", most: width + 24, ...more });
  const shapes: Shape[] = [
    said(name, 12, { color: paper.text, px: 14, weight: 600 }),
    said([stage.block, stage.shape.join("×")].filter(Boolean).join(" · "), 31, {}),
    ...drawValues(column, isFirst, paper),
    { kind: "rect", ...box, stroke: paper.grid },
  ];
  if (form === "map" ? !isWhole(stage) : isLast || !isWhole(stage)) shapes.push(...framed(frame));
  const number = isLast ? path.value : stage.largest, index = stage.shown.join(", ");
  const isText = isFirst && stage.labels.length > 0;
  if (!isText || isLast) shapes.push(said(formatNumber(number), foot + 16, { color: paper.text, px: isLast ? 20 : 15, weight: isLast ? 700 : 500 }));
  if (isLast) shapes.push(said(fill(words.unit!, { unit: path.unit.join(", ") }), foot + 35, {}));
  else if (!isText) shapes.push(said(fill(index ? words.largest_in! : words.largest!, { index }), foot + 35, {}));
  if (!isLast) shapes.push(said(windowWords(stage, words), foot + (isText ? 16 : 51), {}));
  const each = stage.every[0] * stage.every[1];
  if (each > 1) shapes.push(said(fill(words.drawn!, { count: each }), foot + (isText ? 32 : isLast ? 51 : 67), {}));
  if (stage.branches.length) shapes.push(said(fill(words.branches!, { names: stage.branches.map((branch) => branch.split(".").pop()).join(", ") }), foot + FOOT - 7, { color: paper.accent }));
  return shapes;
}

function windowWords(stage: Stage, words: Words): string {
  if (isWhole(stage)) return words.whole!;
  const sizes = stage.stop.map((stop, axis) => stop - stage.start[axis]!);
  return fill(words.window!, { window: sizes.join("×"), shape: stage.shape.join("×") });
}

function drawValues(column: Column, isInput: boolean, paper: Paper): Shape[] {
  const { stage, form, box, columns, rows } = column, { maps, signed } = stage, [count, high, wide] = maps.shape as [number, number, number];
  if (form === "map") {
    if (isInput && stage.shape.length === 3 && !(signed && count < 3)) return [imageOf(maps, box)];
    return [{ kind: "map", ...box, values: maps.data, from: 0, rows: high, columns: wide, limit: limitOf(maps.data), colors: colorsFor(paper, signed) }];
  }
  const limit = limitOf(maps.data), isText = isInput && stage.labels.length > 0 && form === "cells", shapes: Shape[] = [];
  if (form === "cells" && !isText && wide === rows * columns) return [{ kind: "map", ...box, values: maps.data, from: 0, rows, columns, limit, colors: colorsFor(paper, signed) }];
  for (let at = 0; at < wide; at++) {
    const cell = boxOf({ column, row: 0, at }), value = maps.data[at]!, read = at * stage.every[1] >= stage.start[0]! && at * stage.every[1] < stage.stop[0]!;
    const { fill: ground, ink } = isText ? { fill: paper.panel, ink: paper.text } : inkFor(paper, signed, value, limit);
    shapes.push({ kind: "rect", ...cell, fill: ground, alpha: read || !isText ? 1 : 0.4 });
    if (form === "list") shapes.push(...listed(stage, at, cell, value, ink, paper));
    else if (isText) shapes.push({ kind: "text", x: cell.x + cell.width / 2, y: cell.y + cell.height / 2, words: stage.labels[at] ?? "", color: read ? ink : paper.muted, px: Math.min(15, cell.height - 2), align: "center", mono: true });
  }
  return rows * columns > 0 ? shapes : [];
}

function listed({ labels }: Stage, at: number, cell: Box, value: number, ink: string, paper: Paper): Shape[] {
  const y = cell.y + cell.height / 2, px = Math.min(13, cell.height - 2);
  const name: Shape = { kind: "text", x: cell.x + 5, y, words: labels[at] ?? String(at), color: ink, px, most: cell.width * 0.5 };
  const number: Shape = { kind: "text", x: cell.x + cell.width - 5, y, words: formatNumber(value, 3), color: ink, px, align: "right", mono: true };
  return [name, number, { kind: "line", x: cell.x, y: cell.y, toX: cell.x + cell.width, toY: cell.y, stroke: paper.grid }];
}

function drawPatch(patch: Tensor, box: Box, paper: Paper, words: Words): Shape[] {
  const middle = box.x + box.width / 2, text = { kind: "text" as const, x: middle, align: "center" as const };
  return [
    { ...text, y: 12, words: words.patch!, color: paper.text, px: 14, weight: 600 },
    { ...text, y: 31, words: fill(words.pixels!, { size: patch.shape.slice(1).join("×") }), color: paper.muted, px: 12 },
    imageOf(patch, box), { kind: "rect", ...box, stroke: paper.grid },
  ];
}

// Two lines from a window to what reads it.
function joined(from: Box, to: Box, paper: Paper): Shape[] {
  const x = from.x + from.width, line = { kind: "line" as const, x, toX: to.x, stroke: paper.muted, alpha: 0.6 };
  return [{ ...line, y: from.y, toY: to.y }, { ...line, y: from.y + from.height, toY: to.y + to.height }];
}

function framed(box: Box, color = DARK): Shape[] {
  return [{ kind: "rect", ...box, stroke: LIGHT, line: 4 }, { kind: "rect", ...box, stroke: color, line: 2 }];
}

function moved(shape: Shape, by: number): Shape {
  if (!by || shape.kind === "path") return shape;
  return shape.kind === "line" ? { ...shape, x: shape.x + by, toX: shape.toX + by } : { ...shape, x: shape.x + by };
}

function isSeen(shape: Shape, width: number): boolean {
  if (shape.kind === "path") return true;
  const right = shape.kind === "line" ? Math.max(shape.x, shape.toX) : shape.kind === "text" ? shape.x + 200 : shape.x + shape.width;
  return right >= -10 && (shape.kind === "line" ? Math.min(shape.x, shape.toX) : shape.x - (shape.kind === "text" ? 200 : 0)) <= width + 10;
}
