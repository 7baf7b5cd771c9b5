// Where the maps of a card lie: known from the shape of the output alone, so that nothing moves when values arrive.

import type { Params } from "../contract";

// As explorer/ui/canvas/maps_picture.py describes a node. `rows` and `columns` are those of a shown map.
export interface MapsParams {
  address: string;
  form: "maps" | "units" | "tokens" | "text";
  count: number;   // shown maps, of `total`
  total: number;
  rows: number;
  columns: number;
  shape: number[];
  is_input: boolean;
  is_named: boolean;
  is_beside: boolean;  // its level has branches beside one another, so that cards had better be low
  links: Links;
}

export interface Links {
  kind: "same" | "all" | "groups" | "flatten" | "concat";
  count?: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

// Whether only the first of the maps are shown.
export function isPart({ count, total, form }: MapsParams): boolean {
  return count < total && form !== "text";
}

// Cells from the upper left, `across` in a row. Names are at the left of tokens and at the right of units.
export interface Grid {
  cells: number;
  across: number;
  cell: { width: number; height: number };
  gap: number;
  left: number;
  width: number;
  height: number;
}

export const HEAD = 45, FOOT = 22, PART = 20, PAD = 4;  // the words on a card keep their size on the screen: see MapsWords.tsx
const LEAST_WIDTH = 62, MOST_NAME_WIDTH = 124, LETTER_WIDTH = 10, DIGIT_WIDTH = 9, NAME_WIDTH = 84, CHARACTER_WIDTH = 15, MOST_ROWS = 64;
const SIDES: [most: number, side: number][] = [[1, 84], [3, 56], [6, 44], [10, 34], [16, 25]];  // of maps in one column
const LOW_SIDES: [most: number, side: number, across: number][] = [[1, 76, 1], [4, 40, 2], [8, 32, 4], [Infinity, 21, 8]];
const MANY_SIDE = 22, MANY_ACROSS = 4, DOT = 14, UNIT = { width: 30, height: 18 }, SMALL_UNIT = 9, UNITS_ACROSS = 6, MANY_UNITS = 256, TINY_UNIT = 5, MOST_LINES = 32;

export function readMapsParams(params: Params): MapsParams {
  return params as unknown as MapsParams;
}

export function mapsSize(params: MapsParams): { width: number; height: number } {
  const grid = gridOf(params), letters = params.address.split(".").at(-1)!.length, shape = params.shape.join("×").length;
  const name = Math.min(MOST_NAME_WIDTH, Math.max(letters * LETTER_WIDTH, shape * DIGIT_WIDTH) + 2 * PAD);
  return {
    width: Math.max(LEAST_WIDTH, Math.ceil(name), grid.width + 2 * PAD),
    height: HEAD + grid.height + PAD + (isPart(params) ? PART : 0) + FOOT,
  };
}

export function gridOf(params: MapsParams): Grid {
  switch (params.form) {
    case "maps": return mapsGrid(params);
    case "units": return unitsGrid(params);
    default: return tokensGrid(params);
  }
}

export function boxOf({ across, cell, gap, left }: Grid, place: number): Box {
  return { x: left + (place % across) * (cell.width + gap), y: Math.floor(place / across) * (cell.height + gap), ...cell };
}

// The cell at a point of the grid; null beside all.
export function cellAt(grid: Grid, x: number, y: number): number | null {
  const column = Math.floor((x - grid.left) / (grid.cell.width + grid.gap)), row = Math.floor(y / (grid.cell.height + grid.gap));
  const place = row * grid.across + column;
  return column >= 0 && column < grid.across && row >= 0 && place < grid.cells ? place : null;
}

function mapsGrid({ count, rows, columns, is_beside }: MapsParams): Grid {
  const [side, across] = is_beside ? LOW_SIDES.find(([most]) => count <= most)!.slice(1)
    : count > SIDES.at(-1)![0] ? [MANY_SIDE, MANY_ACROSS] : [SIDES.find(([most]) => count <= most)![1], 1];
  const edge = rows * columns === 1 ? DOT : side, aspect = Math.min(4, Math.max(0.25, columns / rows));
  const cell = { width: Math.round(edge * Math.min(1, aspect)), height: Math.round(edge / Math.max(1, aspect)) };
  return made(count, across, cell, across > 1 ? 2 : 3);
}

// As many that a flattened image is one: as wide as it was high, if it was square.
function unitsGrid({ count, is_named }: MapsParams): Grid {
  if (count > MANY_UNITS) return made(count, Math.ceil(Math.sqrt(count)), { width: TINY_UNIT, height: TINY_UNIT }, 0);
  if (count > 16) return made(count, Math.max(UNITS_ACROSS, Math.ceil(count / MOST_LINES)), { width: SMALL_UNIT, height: SMALL_UNIT }, 1);
  const grid = made(count, 1, UNIT, 2);
  return is_named ? { ...grid, width: grid.width + NAME_WIDTH } : grid;
}

// Rows are as high as those of the text that is read, so that characters and what became of them are level.
function tokensGrid({ form, rows, columns, total, is_named }: MapsParams): Grid {
  const lines = form === "text" ? Math.ceil(total / Math.ceil(total / MOST_ROWS)) : rows;
  const high = is_named || form === "text" ? (lines <= 40 ? 12 : 9) : Math.min(14, Math.max(3, 160 / lines));
  if (form === "text") return { ...made(lines, 1, { width: 34, height: high }, 0), left: 0 };
  const cell = { width: Math.round(Math.min(12, Math.max(2.5, 96 / columns)) * columns), height: Math.round(high * lines) };
  const grid = made(1, 1, cell, 0);
  return is_named ? { ...grid, left: CHARACTER_WIDTH, width: grid.width + CHARACTER_WIDTH } : grid;
}

function made(cells: number, across: number, cell: Grid["cell"], gap: number): Grid {
  const used = Math.min(across, cells), lines = Math.ceil(cells / across);
  return { cells, across, cell, gap, left: 0, width: used * (cell.width + gap) - gap, height: lines * (cell.height + gap) - gap };
}
