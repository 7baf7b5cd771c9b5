// Where the parts of a row are: the input, the answer, a map for each method.

import type { Box } from "../operation/box";
import { isMap, type Row, sizeOf } from "./contract";

export interface RowLayout { width: number; height: number; input: Box | null; answer: Box; maps: Box[]; tokens: { columns: number; cell: number } | null }

const PAD = 6, GAP = 10, ANSWER_PX = 84, MAP_PX = 64, TITLE_PX = 120, LINE_PX = 22, TOKEN_PX = 11, BAR_PX = 14;

// `room`: the width that there is for all rows side by side.
export function layRow({ rows }: Row, room: number, scale: number): RowLayout {
  return rows.kind === "tokens" ? layText(rows, room, scale) : layMaps(rows, scale);
}

function layMaps(rows: Row["rows"], scale: number): RowLayout {
  const side = MAP_PX * scale, isImage = rows.kind === "image", x = PAD;
  const input = isImage ? fit({ x, y: PAD, width: side, height: side }, rows.inputs.shape[1]!, rows.inputs.shape[2]!) : null;
  const answer = { x: x + (isImage ? side + GAP : 0), y: PAD, width: ANSWER_PX * scale, height: side };
  let next = answer.x + answer.width + GAP;
  const maps = rows.maps.map((each) => {
    const width = isMap(each) || isImage ? side : Math.min(220, Math.max(90, BAR_PX * sizeOf(each))) * scale;
    const frame = { x: next, y: PAD, width, height: side };
    next += width + GAP;
    return isMap(each) ? fit(frame, each.shape[1]!, each.shape[2]!) : frame;
  });
  return { width: next - GAP + PAD, height: side + 2 * PAD, input, answer, maps, tokens: null };
}

function layText(rows: Row["rows"], room: number, scale: number): RowLayout {
  const left = PAD + (ANSWER_PX + TITLE_PX) * scale + 2 * GAP, cell = TOKEN_PX * scale, count = rows.tokens[0]?.length ?? 1;
  const columns = Math.max(1, Math.min(count, Math.floor((room - left - PAD) / cell))), lines = Math.ceil(count / columns);
  const maps = rows.maps.map((_maps, method) => ({ x: left, y: PAD + method * (lines * LINE_PX + 4) * scale, width: columns * cell, height: lines * LINE_PX * scale }));
  const height = Math.max(44 * scale, ...maps.map(({ y, height: own }) => y + own)) + PAD;
  return { width: room, height, input: null, answer: { x: PAD, y: PAD, width: ANSWER_PX * scale, height: height - 2 * PAD }, maps, tokens: { columns, cell } };
}

// In the middle of a frame, of its own proportions.
function fit(frame: Box, rows: number, columns: number): Box {
  const scale = Math.min(frame.width / columns, frame.height / rows), width = columns * scale, height = rows * scale;
  return { x: frame.x + (frame.width - width) / 2, y: frame.y + (frame.height - height) / 2, width, height };
}

// The method and the value under a point, null where there is none.
export function valueUnder({ rows }: Row, layout: RowLayout, x: number, y: number): { method: number; index: number } | null {
  const method = layout.maps.findIndex((box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height);
  const maps = rows.maps[method];
  if (!maps?.data.length) return null;
  const box = layout.maps[method]!, across = (x - box.x) / box.width, down = (y - box.y) / box.height;
  if (layout.tokens) {
    const { columns, cell } = layout.tokens, lines = Math.ceil(sizeOf(maps) / columns);
    const index = Math.floor(down * lines) * columns + Math.floor((x - box.x) / cell);
    return index < sizeOf(maps) ? { method, index } : null;
  }
  if (!isMap(maps)) return { method, index: Math.floor(across * sizeOf(maps)) };
  const [, height, width] = maps.shape as [number, number, number];
  return { method, index: Math.floor(down * height) * width + Math.floor(across * width) };
}
