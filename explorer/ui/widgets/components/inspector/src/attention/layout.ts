// Where everything is drawn: the heads at the left, the tokens, their legend and the rows of the pair, the matrix.

import type { Box } from "../operation/box";
import { type Board, boardsOf } from "./board";
import type { AttentionView } from "./contract";
import { MEAN } from "./weights";

export interface Thumb { head: number; box: Box }
export interface Layout { width: number; height: number; thumbs: Thumb[]; boards: Board[]; legend: Box; matrix: Box; rows: Box }

const EDGE = 8, TITLE = 22, LABEL = 16, GAP = 26, AXIS = 34, ROWS = 66, LEGEND = 44, LEGEND_HIGH = 84, LEAST_PX = 40;
const WIDE = 860, ASIDE = 250;  // of the whole, from which on legend and rows are beside the tokens, and their width

export function lay(view: AttentionView, window: number, width: number, height: number): Layout {
  const hasRows = view.pair.queries.data.length > 0, isWide = width >= WIDE, foot = hasRows && !isWide ? ROWS : 0, inner = height - foot - EDGE;
  const [thumbs, strip] = stripOf(view, inner - TITLE);
  const left = EDGE + strip + GAP, side = Math.max(160, Math.min(inner - TITLE - AXIS - LABEL, isWide ? (width - left - ASIDE - AXIS - GAP - 16) / 2 : (width - left) * 0.42));
  const [, , queries, keys] = view.shape, wide = queries > keys ? Math.max(side * 0.4, (side * keys) / queries) : side, high = keys > queries ? Math.max(side * 0.4, (side * queries) / keys) : side;
  const matrix = { x: width - EDGE - wide - 8, y: TITLE, width: wide, height: high };
  const room = { x: left, y: TITLE, width: matrix.x - AXIS - GAP - left, height: inner - TITLE }, { boards, legend } = (isWide ? beside : above)(view, window, room);
  const rows = isWide ? { ...legend, y: legend.y + legend.height + 8, height: hasRows ? ROWS : 0 } : { x: left, y: height - foot, width: width - left - EDGE, height: foot };
  return { width, height, thumbs, boards, legend, matrix, rows };
}

// The tokens, with their legend beside them.
function beside(view: AttentionView, window: number, room: Box): { boards: Board[]; legend: Box } {
  const boards = boardsOf(view, window, { ...room, width: room.width - ASIDE }), end = Math.max(...boards.map(({ box }) => box.x + box.width)) + 16;
  return { boards, legend: { x: end, y: room.y, width: room.x + room.width - end, height: LEGEND_HIGH } };
}

function above(view: AttentionView, window: number, room: Box): { boards: Board[]; legend: Box } {
  const boards = boardsOf(view, window, { ...room, height: room.height - LEGEND }), foot = Math.max(...boards.map(({ box }) => box.y + box.height));
  return { boards, legend: { x: room.x, y: foot, width: room.width, height: LEGEND } };
}

// The mean and each head, in as few columns as leave them large enough.
function stripOf({ shape: [, heads] }: AttentionView, height: number): [Thumb[], number] {
  const every = heads > 1 ? [MEAN, ...Array(heads).keys()] : [0];
  const side = (columns: number) => Math.min(84, height / Math.ceil(every.length / columns) - LABEL - 4);
  let columns = 1;
  while (columns < 4 && side(columns) < LEAST_PX + 16) columns++;
  const px = Math.max(14, side(columns));
  const thumbs = every.map((head, place) => ({ head, box: { x: EDGE + (place % columns) * (px + 8), y: TITLE + LABEL + Math.floor(place / columns) * (px + LABEL + 4), width: px, height: px } }));
  return [thumbs, columns * (px + 8) - 8];
}

export interface Cell { layer: number; head: number; box: Box }

// Every head of every layer: layers down, heads across.
export function layAll({ blocks }: AttentionView, width: number, height: number): Cell[] {
  const most = Math.max(...blocks.map(({ shape }) => shape[1]!)), names = 190, px = Math.max(12, Math.min(120, (width - names - EDGE) / most - 6, (height - 2 * TITLE) / blocks.length - 6));
  return blocks.flatMap(({ shape }, layer) => Array.from({ length: shape[1]! }, (_, head) =>
    ({ layer, head, box: { x: names + head * (px + 6), y: 2 * TITLE + layer * (px + 6), width: px, height: px } })));
}
