// Where each token of a side is drawn: its pixels on the picture, or a cell of its own.

import { type Box, holds } from "../operation/box";
import { type AttentionView, isSelf, placeOf, type Side, tokensOf } from "./contract";

export interface Token { window: number; token: number; box: Box }
export interface Board { sides: Side[]; form: "photo" | "cells"; box: Box; tokens: Token[]; columns: number }

const CELL_PX = 26, LONE_PX = 30, GAP = 14;

// One board where queries and keys are the same pixels, else one for each side.
export function boardsOf(view: AttentionView, window: number, room: Box): Board[] {
  const isPhoto = view.place === "pixels" && view.picture.data.length > 0;
  if (isPhoto && isSelf(view)) return [photo(view, ["query", "key"], room)];
  const [first, second] = halves(room, isPhoto);
  const side = (name: Side, box: Box) => (isPhoto ? photo(view, [name], box) : cells(view, name, window, box));
  return [side("query", first), side("key", second)];
}

function halves(room: Box, isPhoto: boolean): [Box, Box] {
  if (isPhoto && room.width > room.height) {
    const width = (room.width - GAP) / 2;
    return [{ ...room, width }, { ...room, x: room.x + width + GAP, width }];
  }
  const height = (room.height - 2 * GAP) / 2;
  return [{ ...room, height }, { ...room, y: room.y + height + 2 * GAP, height }];
}

// The picture as large as fits; tokens that stand for no pixel are squares beside it.
function photo(view: AttentionView, sides: Side[], room: Box): Board {
  const side = sides[0]!, [, high, wide] = view.picture.shape as [number, number, number], windows = view.shape[0], count = tokensOf(view, side);
  const hasLone = Array.from({ length: count }).some((_, token) => !placeOf(view, side, 0, token)), margin = hasLone ? LONE_PX + 8 : 0;
  const scale = Math.min((room.width - margin) / wide, room.height / high);
  const box = { x: room.x + margin, y: room.y, width: wide * scale, height: high * scale }, tokens: Token[] = [];
  let lone = 0;
  for (let window = 0; window < windows; window++) {
    for (let token = 0; token < count; token++) {
      const place = placeOf(view, side, window, token);
      if (place) tokens.push({ window, token, box: { x: box.x + place[1] * scale, y: box.y + place[0] * scale, width: (place[3] - place[1]) * scale, height: (place[2] - place[0]) * scale } });
      else tokens.push({ window, token, box: { x: room.x, y: room.y + lone++ * (LONE_PX + 6), width: LONE_PX, height: LONE_PX } });
    }
  }
  const columns = tokens.filter(({ window, box: own }) => window === 0 && own.x >= box.x && own.y === tokens.find(({ box: any }) => any.x >= box.x)?.box.y).length;
  return { sides, form: "photo", box, tokens, columns: Math.max(1, columns) };
}

function cells(view: AttentionView, side: Side, window: number, room: Box): Board {
  const count = tokensOf(view, side), fits = Math.floor(room.width / CELL_PX) * Math.floor(room.height / CELL_PX) >= count;
  const columns = Math.min(count, fits ? Math.floor(room.width / CELL_PX) : Math.ceil(Math.sqrt((count * room.width) / room.height)));
  const rows = Math.ceil(count / columns), width = Math.min(CELL_PX * 1.4, room.width / columns), height = Math.min(CELL_PX, room.height / rows);
  const tokens = Array.from({ length: count }, (_, token) => ({ window, token, box: { x: room.x + (token % columns) * width, y: room.y + Math.floor(token / columns) * height, width, height } }));
  return { sides: [side], form: "cells", box: { ...room, width: columns * width, height: rows * height }, tokens, columns };
}

export function tokenAt(boards: Board[], x: number, y: number): { board: Board; token: Token } | null {
  for (const board of boards) {
    const token = board.tokens.find(({ box }) => holds(box, x, y));
    if (token) return { board, token };
  }
  return null;
}

// The lines around a window's tokens, where none of its own is beside: also of one that a cyclic shift tore apart.
export function borderOf(tokens: Token[]): [number, number, number, number][] {
  const at = (box: Box) => `${Math.round(box.x)} ${Math.round(box.y)}`, own = new Set(tokens.map(({ box }) => at(box)));
  return tokens.flatMap(({ box }) => {
    const { x, y, width, height } = box, has = (dx: number, dy: number) => own.has(at({ ...box, x: x + dx * width, y: y + dy * height }));
    const sides: [boolean, number, number, number, number][] = [
      [has(0, -1), x, y, x + width, y], [has(0, 1), x, y + height, x + width, y + height],
      [has(-1, 0), x, y, x, y + height], [has(1, 0), x + width, y, x + width, y + height]];
    return sides.filter(([inside]) => !inside).map(([, ...line]) => line as [number, number, number, number]);
  });
}
