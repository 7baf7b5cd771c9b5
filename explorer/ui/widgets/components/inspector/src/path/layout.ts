// Where everything of a path is drawn: a column for each node, the input at the left.

import { frameOf, isWhole, type Stage, type UnitPath } from "./contract";

export interface Box { x: number; y: number; width: number; height: number }

// How values are laid out: a map; a list of a few numbers with their names; many numbers, or characters, in rows.
export type Form = "map" | "list" | "cells";
export interface Column { stage: Stage; form: Form; x: number; width: number; box: Box; columns: number; rows: number; frame: Box }
export interface Layout { columns: Column[]; patch: Box | null; width: number; height: number }

const MOST_LISTED = 12, GAP = 30, SIDE_MOST = 150, SIDE_LEAST = 112, EDGE = 10;
export const TOP = 44, FOOT = 90;

export function lay({ stages, patch }: UnitPath, width: number, height: number): Layout {
  const count = stages.length + 1, room = (width - 2 * EDGE - (count - 1) * GAP) / count;
  const side = Math.max(SIDE_LEAST, Math.min(SIDE_MOST, height - TOP - FOOT, room));
  const hasPatch = patch.data.length > 0 && !isWhole(stages[0]!);
  let x = EDGE + (hasPatch ? side + GAP : 0);
  const columns = stages.map((stage) => {
    const column = place(stage, x, side, height - TOP - 48);
    x += column.width + GAP;
    return column;
  });
  return { columns, patch: hasPatch ? fitted(patch.shape[1]!, patch.shape[2]!, EDGE, side) : null, width: x - GAP + EDGE, height };
}

function place(stage: Stage, x: number, side: number, most: number): Column {
  const [, high, wide] = stage.maps.shape as [number, number, number], form = formOf(stage, high, wide);
  const columns = form === "map" ? wide : form === "list" ? 1 : stage.across || Math.min(wide, stage.labels.length ? 8 : Math.ceil(Math.sqrt(wide)));
  const rows = form === "map" ? high : Math.ceil(wide / columns);
  const box = form === "list" ? { x, y: TOP, width: side, height: Math.min(most, rows * 24) } : fitted(rows, columns, x, side, !stage.axes.includes("height"));
  const made: Column = { stage, form, x, width: side, box, columns, rows, frame: box };
  return { ...made, frame: frame(made) };
}

function formOf({ shape }: Stage, high: number, wide: number): Form {
  if (shape.length > 1 || high > 1) return "map";
  return wide <= MOST_LISTED ? "list" : "cells";
}

// The largest box of these proportions in a square; what is no picture may be stretched to half of it.
function fitted(rows: number, columns: number, x: number, side: number, stretches = false): Box {
  const cell = side / Math.max(rows, columns), least = stretches ? side / 2 : 6;
  const width = Math.max(columns * cell, least), height = Math.max(rows * cell, least);
  return { x: x + (side - width) / 2, y: TOP + (side - height) / 2, width, height };
}

// The window's own box; of numbers in rows that of the first to the last row it touches.
function frame({ stage, form, box, columns, rows }: Column): Box {
  const [top, left, bottom, right] = frameOf(stage), [down, across] = stage.every, cell = { width: box.width / columns, height: box.height / rows };
  if (form === "map") {
    return { x: box.x + (left / across) * cell.width, y: box.y + (top / down) * cell.height,
             width: Math.max(cell.width, ((right - left) / across) * cell.width), height: Math.max(cell.height, ((bottom - top) / down) * cell.height) };
  }
  const first = Math.floor(left / across), last = Math.max(first, Math.ceil(right / across) - 1);
  const from = Math.floor(first / columns), to = Math.floor(last / columns), one = first === last;
  return { x: box.x + (one ? (first % columns) * cell.width : 0), y: box.y + from * cell.height,
           width: one ? cell.width : box.width, height: (to - from + 1) * cell.height };
}

export interface Cell { column: Column; row: number; at: number }  // the place in the stage's map

export function cellAt(layout: Layout, x: number, y: number): Cell | null {
  const column = layout.columns.find(({ box }) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height);
  if (!column) return null;
  const { box, form, columns, rows } = column, across = Math.floor(((x - box.x) / box.width) * columns), down = Math.floor(((y - box.y) / box.height) * rows);
  if (form === "map") return { column, row: down, at: across };
  const at = down * columns + across;
  return at < column.stage.maps.shape[2]! ? { column, row: 0, at } : null;
}

export function boxOf({ column, row, at }: Cell): Box {
  const { box, form, columns, rows } = column, [down, across] = form === "map" ? [row, at] : [Math.floor(at / columns), at % columns];
  return { x: box.x + (across * box.width) / columns, y: box.y + (down * box.height) / rows, width: box.width / columns, height: box.height / rows };
}
