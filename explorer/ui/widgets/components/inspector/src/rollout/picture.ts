// Maps of where attention flows, side by side over an image, or below each other over a text.

import type { Words } from "../contract";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import { drawOutline } from "../attention/outline";
import { imageOf } from "../path/photo";
import { colorOf, css, inkOn, type Scene, type Shape } from "../scene";
import { fill, formatNumber } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import { twinOf } from "../twins";

// Attention flow as explorer/results/head_results.py has it.
export interface FlowMap { title: string; values: Tensor; boxes: Tensor }
export interface FlowMaps { maps: FlowMap[]; picture: Tensor; start: string; labels: string[]; note: string | null }
export interface Token { map: number; token: number; box: Box }
export interface Layout { width: number; height: number; frames: Box[]; tokens: Token[] }

const TITLE_PX = 38, GAP_PX = 16, ASIDE = 0.24, CELL_PX = 18;

export function lay(flow: FlowMaps, width: number, height: number): Layout {
  return flow.picture.data.length ? layImages(flow, width, height) : layText(flow, width, height);
}

function layImages({ maps, picture: { shape } }: FlowMaps, width: number, height: number): Layout {
  const [rows, columns] = shape as [number, number], room = (width - GAP_PX * (maps.length - 1)) / maps.length;
  const scale = Math.min((height - TITLE_PX - 4) / rows, room / (columns * (1 + ASIDE + 0.05)));
  const frames = maps.map((_, n) => ({ x: n * (room + GAP_PX), y: TITLE_PX, width: columns * scale, height: rows * scale }));
  const tokens = maps.flatMap(({ boxes }, map) => {
    let aside = 0;
    return tokensOf(boxes).map(([token, [top, left, bottom, right]]): Token => {
      const { x, y } = frames[map]!, side = ASIDE * columns * scale;
      const box = top < 0 ? { x: x + columns * scale * 1.05, y: y + aside++ * side * 1.15, width: side, height: side }
        : { x: x + left * scale, y: y + top * scale, width: (right - left) * scale, height: (bottom - top) * scale };
      return { map, token, box };
    });
  });
  return { width, height, frames, tokens };
}

function layText({ maps, labels }: FlowMaps, width: number, height: number): Layout {
  const a_line = Math.max(1, Math.floor(width / CELL_PX)), shown = labels.length || Infinity;
  let y = 0;
  const frames: Box[] = [], tokens: Token[] = [];
  maps.forEach(({ boxes }, map) => {
    const own = tokensOf(boxes).filter(([, [top, left]]) => top >= 0 && left < shown), lines = Math.ceil(own.length / a_line);
    frames.push({ x: 0, y: y + TITLE_PX, width, height: lines * CELL_PX });
    for (const [token, [, left]] of own) tokens.push({ map, token, box: { x: (left % a_line) * CELL_PX, y: y + TITLE_PX + Math.floor(left / a_line) * CELL_PX, width: CELL_PX - 1, height: CELL_PX - 1 } });
    y += TITLE_PX + lines * CELL_PX + 8;
  });
  return { width, height: Math.max(height, y), frames, tokens };
}

const tokensOf = ({ data }: Tensor): [number, [number, number, number, number]][] =>
  Array.from({ length: data.length / 4 }, (_, i) => [i, [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]!]]);

// The end of a map's scale: its largest value of a token with a place, of both sides of the swipe.
export function limitOf(map: FlowMap): number {
  const twin = twinOf(map);
  return Math.max(largestOf(map), twin ? largestOf(twin) : 0) || 1;
}

function largestOf({ values, boxes }: FlowMap): number {
  let limit = 0;
  for (let i = 0; i < values.data.length; i++) if (boxes.data[4 * i]! >= 0 && values.data[i]! < Infinity) limit = Math.max(limit, values.data[i]!);
  return limit;
}

export function draw(flow: FlowMaps, layout: Layout, pointed: Token | null, paper: Paper, words: Words): Scene {
  const limits = flow.maps.map(limitOf), picture = flow.picture.data.length ? grayOf(flow.picture) : null;
  const shapes: Shape[] = flow.maps.flatMap(({ title }, n): Shape[] => {
    const { x, y } = layout.frames[n]!, most = layout.frames[1]?.x && layout.frames[1]!.x > 0 ? layout.frames[1]!.x - GAP_PX : layout.width;
    const image: Shape[] = picture ? [imageOf(picture, layout.frames[n]!)] : [];
    return [
      { kind: "text", x, y: y - 28, words: title, color: paper.text, px: 13, weight: 600, most },
      { kind: "text", x, y: y - 11, words: fill(words.scale!, { most: formatNumber(limits[n]!) }), color: paper.muted, px: 12, most },
      ...image,
    ];
  });
  for (const { map, token, box } of layout.tokens) shapes.push(...drawToken(flow, map, token, box, limits[map]!, paper));
  if (picture) shapes.push(...layout.frames.flatMap((frame) => drawOutline(picture, frame)));
  if (pointed) shapes.push({ kind: "rect", ...pointed.box, stroke: "#ffffff", line: 4 }, { kind: "rect", ...pointed.box, stroke: paper.accent, line: 2 });
  return { width: layout.width, height: layout.height, background: paper.background, font: paper.font, scale: paper.scale, shapes };
}

function drawToken({ maps, picture, labels }: FlowMaps, map: number, token: number, box: Box, limit: number, paper: Paper): Shape[] {
  const value = maps[map]!.values.data[token]!, isPlaced = maps[map]!.boxes.data[4 * token]! >= 0, color = colorOf(paper.unsigned, value, limit);
  const cell: Shape = { kind: "rect", ...box, fill: css(color) };
  const label = isPlaced ? labels[maps[map]!.boxes.data[4 * token + 1]!] : formatNumber(Number(value.toPrecision(2)));
  if (picture.data.length && isPlaced) return [cell];
  return [cell, { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: label ?? "", color: inkOn(color), px: isPlaced ? 12 : 11, align: "center", mono: isPlaced, most: box.width }];
}

const grays = new WeakMap<object, Tensor>();

// As a map of one channel, the mean of the colors, so that the colors over it are those of the shares.
function grayOf({ data, shape }: Tensor): Tensor {
  if (!grays.has(data)) {
    const [rows, columns, channels = 1] = shape as [number, number, number?];
    const mean = Float32Array.from({ length: rows * columns }, (_, i) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += data[channels * i + channel]!;
      return sum / channels;
    });
    grays.set(data, { data: mean, shape: [1, rows, columns] });
  }
  return grays.get(data)!;
}
