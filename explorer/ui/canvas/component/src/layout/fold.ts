// Segments in rows, as words in lines: the width that lets the whole network be drawn largest.

import type { Spacing } from "./index";
import type { Segment } from "./segments";

export const ROW_GAP = 44;
export const LARGEST_ZOOM = 1;
export const READABLE_ZOOM = 0.8;
const MAX_COLUMNS = 80;

export interface Row {
  segments: Segment[];
  top: number;       // of the row
  width: number;
  height: number;
  tops: number[];    // of each segment, from the row's top
}

// What would be shown smaller than `least` to be shown at once is made as wide as it is then instead, and goes on below. `pitch`:
// from the narrowest card to the next one.
export function fold(segments: Segment[], room: { width: number; height: number }, { gap, least, worth }: Pick<Spacing, "gap" | "least" | "worth">, pitch: number): Row[] {
  let best: Row[] = [], zoom = -1;
  for (const width of widthsToTry(segments, room, gap, pitch)) {
    const rows = fill(segments, width, gap);
    const reached = zoomOf(rows, room);
    if (reached > zoom * worth + 0.005) [best, zoom] = [rows, reached];
  }
  return zoom < least ? fill(segments, room.width / least, gap) : best;
}

// From wide to narrow: of two that can be drawn equally large, the one with fewer rows is taken.
function widthsToTry(segments: Segment[], room: { width: number; height: number }, gap: number, pitch: number): number[] {
  const whole = segments.reduce((sum, segment) => sum + segment.width + gap, -gap);
  const widest = Math.max(...segments.map((segment) => segment.width));
  const columns = Array.from({ length: MAX_COLUMNS }, (_, i) => (i + 1) * pitch - gap);
  const widths = [...columns, widest, room.width].filter((width) => width >= widest && width < whole);
  return [whole, ...widths.sort((a, b) => b - a)];
}

export function zoomOf(rows: Row[], room: { width: number; height: number }): number {
  const last = rows[rows.length - 1];
  const width = Math.max(...rows.map((row) => row.width));
  return Math.min(room.width / width, room.height / (last.top + last.height), LARGEST_ZOOM);
}

function fill(segments: Segment[], width: number, gap: number): Row[] {
  const rows: Row[] = [];
  let line: Segment[] = [], used = 0, top = 0;
  const finish = () => {
    const row = makeRow(line, top, gap);
    rows.push(row);
    top += row.height + ROW_GAP;
    [line, used] = [[], 0];
  };
  for (const segment of segments) {
    if (line.length && used + segment.width > width + 0.5) finish();
    line.push(segment);
    used += segment.width + gap;
  }
  finish();
  return rows;
}

// Neighbors are moved up or down so that the edge between them is straight.
function makeRow(segments: Segment[], top: number, gap: number): Row {
  const tops = [0];
  for (let i = 1; i < segments.length; i++) {
    const before = segments[i - 1];
    tops.push(before.exits.length ? tops[i - 1] + before.exitY - segments[i].entryY : tops[i - 1]);
  }
  const highest = Math.min(...tops);
  const width = segments.reduce((sum, segment) => sum + segment.width + gap, -gap);
  const height = Math.max(...segments.map((segment, i) => tops[i] - highest + segment.height));
  return { segments, top, width, height, tops: tops.map((y) => y - highest) };
}
