// The way back as shapes: fields and rows with their headings, frames around what a value depends on.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import { type Arithmetic, drawArithmetic, type Term } from "../operation/arithmetic";
import { type Box, grown, holds, right } from "../operation/box";
import type { Panel } from "../operation/panel";
import type { Paper } from "../operation/paper";
import { fullShape } from "../operation/unit";
import { flatten } from "../rules/arrays";
import type { Operand } from "../rules/contract";
import type { Scene, Shape } from "../scene";
import { type BackwardView, LOSS } from "./contract";
import { type Field, HEAD_PX, type Layout, type Row } from "./layout";
import { explanationOf, operationOf } from "./terms";

export interface Pointed { row: number; term: Term }
export interface Turner { box: Box; place: number; by: number }
export interface Drawn { scene: Scene; sums: Arithmetic[]; turners: Turner[] }

export function draw(view: BackwardView, layout: Layout, paper: Paper, words: Words, pointed: Pointed | null): Drawn {
  const turners: Turner[] = [];
  const fields = layout.fields.flatMap((field, n) => drawField(view, field, n, paper, words, turners));
  const rows = layout.rows.map((row, n) => drawRow(view, row, n, paper, words, pointed?.row === n ? pointed.term : null, turners));
  const shapes = [...fields, ...rows.flatMap((row) => row.shapes), ...(layout.rows.length ? [] : alone(view, layout, paper, words))];
  const scene = { width: layout.width, height: layout.height, background: paper.background, font: paper.font, scale: paper.scale, shapes };
  return { scene, sums: rows.map((row) => row.sums), turners };
}

function drawField(view: BackwardView, { panel, parameter, head }: Field, n: number, paper: Paper, words: Words, turners: Turner[]): Shape[] {
  const name = parameter ? `${view.node}.${parameter}` : view.node, index = parameter ? view.index : view.unit, isOwn = parameter === view.parameter;
  const cell = isOwn ? panel.boxOf(placeIn(panel.operand, index)) : null;
  if (view.node === LOSS) return [];
  return [...heading(fill(words.gradient_of!, { name }), panel, n, head, paper, turners), ...panel.shapes(), ...(cell ? framed(cell, paper) : [])];
}

// A flat place of a value in what is here of an array.
function placeIn({ values: { shape }, every }: Operand, index: number[]): number {
  return flatten(index.map((at, axis) => Math.min(shape[axis]! - 1, Math.floor(at / (every[axis] ?? 1)))), shape);
}

function drawRow(view: BackwardView, { path, panel, head, sums }: Row, n: number, paper: Paper, words: Words, term: Term | null, turners: Turner[]): { shapes: Shape[]; sums: Arithmetic } {
  const title = path.node === LOSS ? view.of : [path.node, path.block].filter(Boolean).join(" · "), line = { kind: "text", x: head.x, most: head.width } as const;
  const shapes: Shape[] = [
    { ...line, y: head.y + 10, words: `${fill(words.read_by!, { name: title })}`, color: paper.text, px: 14, weight: 600 },
    { ...line, y: head.y + 29, words: path.rule, color: paper.muted, px: 12 },
  ];
  if (n) shapes.push({ kind: "line", x: head.x, y: head.y - 6, toX: right(head), toY: head.y - 6, stroke: paper.grid });
  if (panel) shapes.push(...drawMap(path.windows, panel, n, head, paper, words, turners));
  const arithmetic = drawArithmetic({ explanation: explanationOf(path), operation: operationOf(path, view), box: sums, paper, words, shown: Infinity, term, row: null });
  return { shapes: [...shapes, ...arithmetic.shapes], sums: arithmetic };
}

function drawMap(windows: Row["path"]["windows"], panel: Panel, n: number, head: Box, paper: Paper, words: Words, turners: Turner[]): Shape[] {
  const own = { x: panel.box.x, y: panel.box.y - HEAD_PX, width: panel.box.width, height: HEAD_PX };
  const boxes = windows.flatMap((window) => panel.windowBoxes({ ...window, operand: 2 }));
  return [...heading(words.arriving!, panel, 2 + n, { ...own, x: head.x }, paper, turners), ...panel.shapes(), ...boxes.flatMap((box) => framed(box, paper))];
}

function heading(title: string, panel: Panel, place: number, head: Box, paper: Paper, turners: Turner[]): Shape[] {
  const { operand, limit, pages } = panel, y = head.y + HEAD_PX / 2, shape = fullShape(operand).join("×"), scale = `±${formatNumber(limit, 3)}`;
  const shapes: Shape[] = [{ kind: "text", x: head.x, y, words: `${title} · ${shape || "1"} · ${scale}`, color: paper.text, px: 12, weight: 600, most: head.width - (pages > 1 ? 108 : 0) }];
  return pages > 1 ? [...shapes, ...pager(panel, place, head, paper, turners)] : shapes;
}

function pager({ page, pages, perPage, tiles }: Panel, place: number, head: Box, { muted }: Paper, turners: Turner[]): Shape[] {
  const y = head.y + HEAD_PX / 2, end = right(head), style = { kind: "text", y, color: muted, px: 12, align: "center" } as const;
  const ends = [[-1, end - 98, "◀"], [1, end - 8, "▶"]] as const;
  turners.push(...ends.map(([by, x]) => ({ box: { x: x - 12, y: y - 11, width: 24, height: 22 }, place, by: Math.min(pages - 1, Math.max(0, page + by)) })));
  return [...ends.map(([, x, words]): Shape => ({ ...style, x, words })), { ...style, x: end - 53, words: `${page * perPage + 1}–${Math.min(tiles.count, (page + 1) * perPage)} / ${tiles.count}` }];
}

// The loss has nothing behind it: the way begins there.
function alone({ node, of, of_value }: BackwardView, { width, height }: Layout, paper: Paper, words: Words): Shape[] {
  if (node !== LOSS) return [];
  const text = { kind: "text", x: width / 2, align: "center", most: width - 40 } as const;
  return [{ ...text, y: height * 0.36, words: of, color: paper.text, px: 18, weight: 600 }, { ...text, y: height * 0.5, words: formatNumber(of_value), color: paper.text, px: 30, weight: 700 },
          { ...text, y: height * 0.64, words: words.begins!, color: paper.muted, px: 14 }];
}

function framed(box: Box, paper: Paper): Shape[] {
  const own = box.width < 8 ? grown(box, 2) : box;
  return [{ kind: "rect", ...own, stroke: paper.background, line: 4 }, { kind: "rect", ...own, stroke: paper.text, line: 2 }];
}

export const turnerAt = (turners: Turner[], x: number, y: number): Turner | null => turners.find(({ box }) => holds(box, x, y)) ?? null;
