// A row as plain shapes: the input, the answer beside the right one, a map, bars or tinted tokens for each method.

import type { Words } from "../contract";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import { imageOf } from "../path/photo";
import { colorOf, css, fontOf, inkOn, type Scene, type Shape, widthOf } from "../scene";
import { fill, formatNumber, percent } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import { isMap, placeOf, type Row, sizeOf, valueAt } from "./contract";
import type { RowLayout } from "./layout";

const HEAD_PX = 50, SHOWN = 3;

export interface Ink { paper: Paper; words: Words; problem: string; valid: string }

export function drawRow(row: Row, layout: RowLayout, limits: number[], ink: Ink): Scene {
  const { paper } = ink, shapes: Shape[] = [...(layout.input ? [imageOf(pictureOf(row), layout.input)] : []), ...drawAnswer(row, layout.answer, ink)];
  layout.maps.forEach((box, method) => shapes.push(...drawMethod(row, layout, box, method, limits[method]!, ink)));
  return { width: layout.width, height: layout.height, background: paper.background, font: paper.font, scale: paper.scale, shapes };
}

// The titles of the methods with the ends of their scales, over the maps of a column of rows.
export function drawHead(row: Row, layout: RowLayout, limits: number[] | null, { paper, words }: Ink): Scene {
  const height = HEAD_PX * paper.scale, shapes = row.rows.titles.flatMap((title, method): Shape[] => {
    const { x, width } = slotOf(layout, method);
    const lines = inLines(title, width, paper), first = 3 - lines.length - 1;
    const end: Shape[] = limits && row.rows.maps[method]!.data.length ? [{ kind: "text", x, y: 41 * paper.scale, words: fill(words.largest!, { limit: formatNumber(limits[method]!, 2) }), color: paper.muted, px: 11, most: width }] : [];
    return [...lines.map((line, n): Shape => ({ kind: "text", x, y: (8 + 15 * (first + n)) * paper.scale, words: line, color: paper.text, px: 12, weight: 600, most: width })), ...end];
  });
  return { width: layout.width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes };
}

// A title in one line, or in two where it is too wide for one.
function inLines(title: string, width: number, paper: Paper): string[] {
  const [first, ...rest] = title.split(" "), font = fontOf({ px: 12, weight: 600 }, paper);
  return rest.length && widthOf(title, font) > width ? [first!, rest.join(" ")] : [title];
}

function slotOf({ maps, height }: RowLayout, method: number): { x: number; width: number } {
  const { x, width } = maps[method]!, side = Math.max(width, height - 12);  // a narrow map stands in the middle of its slot
  return { x: x - (side - width) / 2, width: side + 6 };
}

export function answerOf({ rows, at }: Row, words: Words): { answer: string; sure: string; expected: string; isWrong: boolean } {
  const sure = rows.confidence.data[at]!, isNumber = Number.isNaN(sure) && rows.right.data[at]! < 0, isWrong = rows.right.data[at] === 0;
  const expected = rows.expected[at]!, predicted = rows.predicted[at]!;
  return {
    answer: predicted, sure: Number.isFinite(sure) ? percent(sure) : "",
    expected: !expected || (!isWrong && !isNumber) ? "" : fill(isNumber ? words.target_number! : words.right_would_be!, { expected }), isWrong,
  };
}

function drawAnswer(row: Row, { x, y, width }: Box, { paper, words, problem, valid }: Ink): Shape[] {
  const { answer, sure, expected, isWrong } = answerOf(row, words), isJudged = row.rows.right.data[row.at]! >= 0, { scale } = paper;
  const mark = isJudged ? (isWrong ? "✗ " : "✓ ") : "", remark = row.rows.remarks[row.at];
  const lines: [string, string, number][] = [
    [`${mark}${answer}${sure ? `  ${sure}` : ""}`, isWrong ? problem : isJudged ? valid : paper.text, 600],
    ...(expected ? [[expected, paper.text, 400] as [string, string, number]] : []),
    [fill(words.sample!, { place: placeOf(row) }), paper.muted, 400],
    ...(row.rows.kind === "features" ? [[valuesOf(row), paper.muted, 400] as [string, string, number]] : []),
    ...(remark ? [[remark, paper.text, 400] as [string, string, number]] : []),
  ];
  return lines.map(([said, color, weight], line): Shape => ({ kind: "text", x, y: y + (9 + 16 * line) * scale, words: said, color, px: line ? 12 : 13, weight, most: width }));
}

// The first features of a row of a table.
function valuesOf({ rows, at }: Row): string {
  const size = sizeOf(rows.inputs), count = Math.min(size, SHOWN);
  return Array.from({ length: count }, (_, i) => `${rows.names[i] ?? i} ${formatNumber(rows.inputs.data[at * size + i]!, 2)}`).join(", ");
}

function drawMethod(row: Row, layout: RowLayout, box: Box, method: number, limit: number, { paper }: Ink): Shape[] {
  const maps = row.rows.maps[method]!, lead: Shape[] = layout.tokens ? [{ kind: "text", x: box.x - 128 * paper.scale, y: box.y + 11 * paper.scale, words: row.rows.titles[method]!, color: paper.muted, px: 12, most: 120 * paper.scale }] : [];
  if (!maps.data.length) return [...lead, { kind: "rect", ...box, stroke: paper.grid, dash: [3, 3] }];
  if (layout.tokens) return [...lead, ...drawTokens(row, layout.tokens, box, method, limit, paper)];
  if (!isMap(maps)) return drawBars(row, box, method, limit, paper);
  const [, rows, columns] = maps.shape as [number, number, number];
  return [{ kind: "map", ...box, values: maps.data, from: row.at * rows * columns, rows, columns, limit, colors: paper.signed }];
}

function drawTokens(row: Row, { columns, cell }: { columns: number; cell: number }, box: Box, method: number, limit: number, paper: Paper): Shape[] {
  const tokens = row.rows.tokens[row.at]!, lines = Math.ceil(tokens.length / columns), high = box.height / lines;
  return tokens.flatMap((token, index): Shape[] => {
    const color = colorOf(paper.signed, valueAt(row, method, index), limit), x = box.x + (index % columns) * cell, y = box.y + Math.floor(index / columns) * high;
    return [
      { kind: "rect", x, y: y + 1, width: cell, height: high - 2, fill: css(color) },
      { kind: "text", x: x + cell / 2, y: y + high / 2, words: token, color: inkOn(color), px: 13, align: "center", mono: true },
    ];
  });
}

// One bar for each feature, up for what speaks for the number that is explained.
function drawBars(row: Row, box: Box, method: number, limit: number, paper: Paper): Shape[] {
  const count = sizeOf(row.rows.maps[method]!), step = box.width / count, middle = box.y + box.height / 2;
  const bars = Array.from({ length: count }, (_, index): Shape => {
    const value = valueAt(row, method, index), size = Number.isFinite(value) ? Math.min(1, Math.abs(value) / limit) * (box.height / 2) : 0;
    return { kind: "rect", x: box.x + index * step + step * 0.1, y: value > 0 ? middle - size : middle, width: step * 0.8, height: Math.max(size, 0.5), fill: css(colorOf(paper.signed, Math.sign(value) * 0.75, 1)) };
  });
  return [...bars, { kind: "line", x: box.x, y: middle, toX: box.x + box.width, toY: middle, stroke: paper.muted }];
}

const pictures = new WeakMap<object, Tensor[]>();

// A sample's picture with its channels first, 0 to 1.
function pictureOf({ rows, at }: Row): Tensor {
  if (!pictures.has(rows)) {
    const { data, shape } = rows.inputs, [count, height, width, channels] = shape as [number, number, number, number], pixels = height * width;
    pictures.set(rows, Array.from({ length: count }, (_, sample) => ({
      data: Float32Array.from({ length: pixels * channels }, (_value, i) => data[sample * pixels * channels + (i % pixels) * channels + Math.floor(i / pixels)]! / 255), shape: [channels, height, width],
    })));
  }
  return pictures.get(rows)![at]!;
}
