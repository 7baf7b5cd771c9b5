// The tokens as shapes: a picture or cells, shaded by the weights from the chosen one.

import type { Words } from "../contract";
import type { Paper } from "../operation/paper";
import { type Box, holds } from "../operation/box";
import { imageOf } from "../path/photo";
import { colorOf, css, inkOn, type Shape } from "../scene";
import { fill, formatNumber } from "../../../common/numbers";
import { type Board, borderOf, type Token } from "./board";
import type { AttentionView, Chosen, Side } from "./contract";
import { hidesAny, isHidden } from "./weights";
import { drawOutline } from "./outline";
import { grayOf } from "./photo";

// limit: the weight with the full color.
export interface Shown { chosen: Chosen; from: Side; line: Float32Array | null; limit: number; other: number | null }

export const DARK = "#1f2937";
const LIGHT = "#ffffff", LEAST_DRAWN = 0.03;

export function drawTokens(view: AttentionView, boards: Board[], shown: Shown, paper: Paper, words: Words): Shape[] {
  const target: Side = shown.from === "query" ? "key" : "query";
  const shapes = boards.flatMap((board) => drawBoard(view, board, shown, target, paper, words));
  const ends = endsOf(boards, shown, target);
  if (boards.length > 1 && boards[0]!.form === "cells") shapes.push(...lines(boards, shown, target, paper));
  if (ends.other) shapes.push(...framed(ends.other.box, DARK, 2));
  if (ends.source) shapes.push(...framed(ends.source.box, paper.accent, 3));
  return shapes;
}

function drawBoard(view: AttentionView, board: Board, shown: Shown, target: Side, paper: Paper, words: Words): Shape[] {
  const { box, form, sides } = board, shapes: Shape[] = [], isTarget = sides.includes(target);
  if (sides.length === 1) {
    const name = fill(sides[0] === "query" ? words.queries! : words.keys!, { count: view.shape[sides[0] === "query" ? 2 : 3] });
    shapes.push({ kind: "text", x: box.x, y: box.y - 10, words: name, color: paper.muted, px: 12 });
  }
  if (form === "photo") shapes.push({ ...imageOf(grayOf(view.picture), box), alpha: 0.9 });
  const { limit } = shown, own = board.tokens.filter(({ window }) => window === shown.chosen.window);
  for (const token of own) shapes.push(...drawToken(view, board, token, isTarget ? shown : null, target, limit, paper, words));
  if (form === "photo" && isTarget && shown.line) shapes.push(...drawOutline(grayOf(view.picture), board.box, (x, y) => own.some((token) => holds(token.box, x, y))));
  if (form === "photo") shapes.push(...windowBorders(view, board, shown.chosen.window, paper), { kind: "rect", ...box, stroke: paper.grid });
  return shapes;
}

function drawToken(view: AttentionView, board: Board, { token, box }: Token, shown: Shown | null, target: Side, limit: number, paper: Paper, words: Words): Shape[] {
  const isLone = board.form === "photo" && box.x < board.box.x, isPhoto = board.form === "photo" && !isLone;
  const value = shown?.line ? shown.line[token]! : NaN, hides = shown !== null && isHidden(view, { ...shown.chosen, [target]: token });
  const shapes: Shape[] = [];
  let ink = paper.text;
  if (shown && Number.isFinite(value)) {
    const color = colorOf(paper.unsigned, value, limit);
    shapes.push({ kind: "rect", ...box, fill: css(color) });
    if (!isPhoto) ink = inkOn(color);
  } else if (!isPhoto) shapes.push({ kind: "rect", ...box, fill: paper.panel });
  if (hides) shapes.push(...hatched(box, paper, isPhoto));
  if (isLone) shapes.push({ kind: "rect", ...box, stroke: paper.muted }, { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: words.lone!, color: ink, px: 11, align: "center", most: box.width });
  if (board.form === "cells") shapes.push(...written(view, token, box, hides ? paper.muted : ink, paper));
  return shapes;
}

// A token's name, or its number; those that nobody typed are gray.
function written({ names, typed }: AttentionView, token: number, box: Box, ink: string, paper: Paper): Shape[] {
  if (box.width < 9) return [];
  const isTyped = typed === null || token < typed, cell: Shape = { kind: "rect", ...box, stroke: paper.grid, line: 0.5 };
  const name: Shape = { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: names[token] ?? String(token), color: isTyped ? ink : paper.muted, px: Math.min(14, box.width * 0.7), align: "center", mono: names.length > 0, most: box.width };
  return isTyped ? [cell, name] : [{ kind: "rect", ...box, fill: paper.background, alpha: 0.6 }, cell, name];
}

export function hatched(box: Box, paper: Paper, isThin: boolean): Shape[] {
  const shapes: Shape[] = [{ kind: "rect", ...box, fill: paper.dark ? "#4B5563" : "#C4CBD6", alpha: isThin ? 0.55 : 1 }];
  if (Math.min(box.width, box.height) >= 8) shapes.push({ kind: "line", x: box.x, y: box.y + box.height, toX: box.x + box.width, toY: box.y, stroke: paper.muted });
  return shapes;
}

function windowBorders({ shape: [windows] }: AttentionView, board: Board, chosen: number, paper: Paper): Shape[] {
  if (windows === 1) return [];
  const inside = board.tokens.filter(({ box }) => box.x >= board.box.x), all = Array.from({ length: windows }, (_, window) => inside.filter((token) => token.window === window));
  const lines = (tokens: Token[], stroke: string, line: number): Shape[] => borderOf(tokens).map(([x, y, toX, toY]) => ({ kind: "line", x, y, toX, toY, stroke, line }));
  return [...all.flatMap((tokens) => lines(tokens, paper.muted, 1)), ...lines(all[chosen]!, LIGHT, 4), ...lines(all[chosen]!, DARK, 2)];
}

function endsOf(boards: Board[], { chosen, from, other }: Shown, target: Side): { source?: Token; other?: Token } {
  const find = (side: Side, at: number) => boards.find(({ sides }) => sides.includes(side))?.tokens.find(({ window, token }) => window === chosen.window && token === at);
  return { source: find(from, chosen[from]), other: other === null ? undefined : find(target, other) };
}

// From the chosen token to all others, as strong as their weights.
function lines(boards: Board[], { chosen, from, line, limit, other }: Shown, target: Side, paper: Paper): Shape[] {
  const source = boards.find(({ sides }) => sides[0] === from)?.tokens[chosen[from]], targets = boards.find(({ sides }) => sides[0] === target)?.tokens ?? [];
  if (!source || !line || line.length > 1024) return [];
  const y = from === "query" ? source.box.y + source.box.height : source.box.y;
  return targets.filter(({ token }) => line[token]! > LEAST_DRAWN * limit).map(({ token, box }): Shape => ({
    kind: "line", x: source.box.x + source.box.width / 2, y, toX: box.x + box.width / 2, toY: from === "query" ? box.y : box.y + box.height, stroke: paper.accent, line: token === other ? 3 : 1.5,
    alpha: token === other ? 1 : 0.15 + (0.6 * line[token]!) / limit,
  }));
}

export function framed(box: Box, color: string, line: number): Shape[] {
  return [{ kind: "rect", ...box, stroke: LIGHT, line: line + 2 }, { kind: "rect", ...box, stroke: color, line }];
}

// The scale of the shades, from zero to the largest weight of the row; in a high box its words are below it.
export function drawLegend(view: AttentionView, shown: Shown, box: Box, paper: Paper, words: Words): Shape[] {
  const isHigh = box.height > 60, wide = Math.min(160, isHigh ? box.width : box.width * 0.4), values = Float32Array.from({ length: 200 }, (_, i) => i / 199), y = box.y + 8;
  const { limit } = shown, x = isHigh ? box.x : box.x + wide + 12, most = box.x + box.width - x;
  const text = (x: number, y: number, words: string, align: "left" | "right" = "left", most?: number): Shape => ({ kind: "text", x, y, words, color: paper.muted, px: 12, align, most });
  const shapes: Shape[] = [
    { kind: "map", x: box.x, y, width: wide, height: 10, values, from: 0, rows: 1, columns: 200, limit: 1, colors: paper.unsigned },
    text(box.x, y + 20, "0"), text(box.x + wide, y + 20, formatNumber(limit), "right"),
    text(x, isHigh ? y + 38 : y + 5, shown.from === "query" ? words.to_keys! : words.from_queries!, "left", most),
  ];
  const below = isHigh ? y + 58 : y + 21;
  if (hidesAny(view, shown.chosen.window)) shapes.push(...hatched({ x, y: below - 6, width: 12, height: 12 }, paper, false), text(x + 18, below, words.hidden!, "left", most - 18));
  return shapes;
}
