// Where the maps lie: one band for each layer, its maps as tiles in lines; a row of features is one strip of cells.

import { isStrip, type MapGrid, type Place, sizeOf, totalOf } from "./contract";

export interface Band {
  grid: MapGrid;
  top: number;
  height: number;
  first: number;         // the top of the tiles
  across: number;        // tiles, or cells of a strip, side by side
  count: number;         // shown
  width: number;         // of a tile, or of a cell of a strip
  high: number;
  gap: number;
  more: { y: number; left: number } | null;  // maps that are not shown
}
export interface Layout { bands: Band[]; height: number }
export interface Spot { band: Band; place: Place }

export const HEAD = 26;
const NOTE = 20, MORE = 24, BETWEEN = 14, GAP = 4;
const SIDES: [most: number, side: number][] = [[8, 120], [16, 84], [32, 64], [Infinity, 52]];  // some are fitted into one line
const CELLS: [most: number, side: number][] = [[16, 26], [64, 18], [256, 12], [Infinity, 8]];
const TOKENS = { wide: 8, high: 9, least: 96, most: 190 }, LEAST_SIDE = 14, FLATTEST = 6;

export function lay(grids: MapGrid[], shown: number, width: number, scale: number): Layout {
  const bands: Band[] = [];
  let top = 0;
  for (const grid of grids) {
    const band = layBand(grid, Math.min(shown, sizeOf(grid)[0]), top, width, scale);
    bands.push(band);
    top += band.height + BETWEEN * scale;
  }
  return { bands, height: Math.max(0, top - BETWEEN * scale) };
}

function layBand(grid: MapGrid, maps: number, top: number, room: number, scale: number): Band {
  const strip = isStrip(grid), count = strip ? sizeOf(grid)[0] : maps, gap = strip ? 0 : GAP;
  const { width, high } = strip ? cellOf(count, scale) : tileOf(grid, count, room, scale);
  const across = Math.max(1, Math.min(count, Math.floor((room + gap) / (width + gap)))), lines = Math.ceil(count / across);
  const first = top + (HEAD + (grid.note ? NOTE : 0)) * scale, bottom = first + lines * (high + gap) - gap, left = totalOf(grid) - count;
  const more = left > 0 ? { y: bottom, left } : null;
  return { grid, top, height: bottom - top + (more ? MORE * scale : 0), first, across, count, width, high, gap, more };
}

function cellOf(count: number, scale: number) {
  const side = CELLS.find(([most]) => count <= most)![1] * scale;
  return { width: side, high: side };
}

function tileOf(grid: MapGrid, count: number, room: number, scale: number): { width: number; high: number } {
  const [, rows, columns] = sizeOf(grid);
  if (grid.shape.length === 2) {
    const { wide, high, least, most } = TOKENS;
    return { width: Math.min(room, Math.max(least, columns * wide) * scale), high: Math.min(most, Math.max(LEAST_SIDE, rows * high)) * scale };
  }
  const most = SIDES.find(([each]) => count <= each)![1] * scale, side = count <= SIDES[0]![0] ? Math.min(most, room / count - GAP) : most, aspect = Math.min(FLATTEST, Math.max(1 / FLATTEST, columns / rows));
  return { width: Math.max(LEAST_SIDE, side * Math.min(1, aspect)), high: Math.max(LEAST_SIDE, side / Math.max(1, aspect)) };
}

export function tileBox({ across, first, width, high, gap }: Band, tile: number) {
  return { x: (tile % across) * (width + gap), y: first + Math.floor(tile / across) * (high + gap), width, height: high };
}

export const bandAt = ({ bands }: Layout, y: number): Band | undefined => bands.find(({ top, height }) => y >= top && y < top + height);

// The value at a point.
export function spotAt(layout: Layout, x: number, y: number): Spot | null {
  const band = bandAt(layout, y);
  if (!band || y < band.first) return null;
  const { across, width, high, gap, count, grid } = band, column = Math.floor(x / (width + gap)), line = Math.floor((y - band.first) / (high + gap));
  const map = line * across + column, box = tileBox(band, map);
  if (column >= across || map >= count || x >= box.x + width || y >= box.y + high) return null;
  const [, rows, columns] = sizeOf(grid), within = (at: number, size: number, of: number) => Math.min(of - 1, Math.floor((at / size) * of));
  return { band, place: { map, row: within(y - box.y, high, rows), column: within(x - box.x, width, columns) } };
}

export const isMore = (layout: Layout, y: number): Band | null => {
  const band = bandAt(layout, y);
  return band?.more && y >= band.more.y ? band : null;
};

// The map beside one: to the left or right in its band, above or below across bands.
export function neighbor({ bands }: Layout, band: Band, map: number, across: number, down: number): { band: Band; map: number } {
  const at = bands.indexOf(band), column = map % band.across, to = map + across + down * band.across;
  if (across) return { band, map: Math.min(band.count - 1, Math.max(0, to)) };
  if (to >= 0 && to < band.count) return { band, map: to };
  const lastLine = Math.floor((band.count - 1) / band.across);
  if (down > 0 && Math.floor(map / band.across) < lastLine) return { band, map: band.count - 1 };
  const other = bands[at + down];
  if (!other) return { band, map };
  const line = down > 0 ? 0 : Math.floor((other.count - 1) / other.across);
  return { band: other, map: Math.min(other.count - 1, line * other.across + Math.min(column, other.across - 1)) };
}
