// Bands of maps as shapes, those between two heights.

import { colorsFor, type Paper } from "../operation/paper";
import type { Scene, Shape } from "../scene";
import { fill, formatNumber, whole } from "../../../common/numbers";
import { isStrip, type MapGrid, type Place, scaleOf, sizeOf, totalOf } from "./contract";
import { type Band, HEAD, type Layout, type Spot, tileBox } from "./layout";

const NAME_PX = 14, NOTE_PX = 13;

export interface Wording { words: Record<string, string>; titles: Record<string, string> }
export interface Marks { pointed: Spot | null; chosen: { title: string; place: Place } | null }

export function draw(layout: Layout, paper: Paper, wording: Wording, marks: Marks, top: number, width: number, height: number): Scene {
  const shapes: Shape[] = [];
  for (const band of layout.bands) {
    if (band.top + band.height < top || band.top > top + height) continue;
    shapes.push(...bandShapes(band, paper, wording, marks, top, width));
  }
  return { width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes };
}

function bandShapes(band: Band, paper: Paper, wording: Wording, marks: Marks, top: number, width: number): Shape[] {
  const { grid, more } = band, y = band.top - top, middle = y + (HEAD * paper.scale) / 2, half = width / 2;
  return [
    { kind: "text", x: 0, y: middle, words: headOf(grid, wording), color: paper.text, px: NAME_PX, weight: 600, most: half },
    { kind: "text", x: width, y: middle, words: scaleWords(grid, wording), color: paper.muted, px: NOTE_PX, align: "right", most: half - 12 },
    ...(grid.note ? [{ kind: "text" as const, x: 0, y: y + HEAD * paper.scale + 7, words: grid.note, color: paper.text, px: NOTE_PX, most: width }] : []),
    ...tiles(band, paper, top),
    ...(more ? [{ kind: "text" as const, x: 0, y: more.y - top + 13 * paper.scale, color: paper.accent, px: NOTE_PX, most: width,
                  words: fill(wording.words.more!, { shown: whole(band.count), total: whole(totalOf(grid)) }) }] : []),
    ...frames(band, paper, marks, top),
  ];
}

export function headOf({ title, shape }: MapGrid, { titles }: Wording): string {
  return [title, titles[title], shape.join("×")].filter(Boolean).join(" · ");
}

export function scaleWords(grid: MapGrid, { words }: Wording): string {
  const limit = formatNumber(scaleOf(grid));
  return fill(grid.signed ? words.signed! : words.unsigned!, { limit });
}

function tiles(band: Band, paper: Paper, top: number): Shape[] {
  const { grid, count, across, width, high } = band, [, rows, columns] = sizeOf(grid), { data } = grid.values;
  const colors = colorsFor(paper, grid.signed), limit = scaleOf(grid), strip = isStrip(grid);
  if (strip) {  // as lines of cells
    const lines = Math.ceil(count / across);
    return Array.from({ length: lines }, (_, line) => {
      const cells = Math.min(across, count - line * across);
      return { kind: "map", x: 0, y: band.first + line * high - top, width: cells * width, height: high, values: data, from: line * across, rows: 1, columns: cells, limit, colors };
    });
  }
  return Array.from({ length: count }, (_, map) => {
    const box = tileBox(band, map);
    return { ...box, kind: "map", y: box.y - top, values: data, from: map * rows * columns, rows, columns, limit, colors };
  });
}

function frames(band: Band, paper: Paper, { pointed, chosen }: Marks, top: number): Shape[] {
  const frame = (map: number, stroke: string, line: number): Shape => {
    const box = tileBox(band, map);
    return { kind: "rect", x: box.x - line / 2, y: box.y - top - line / 2, width: box.width + line, height: box.height + line, stroke, line };
  };
  const edges = isStrip(band.grid) ? [] : Array.from({ length: band.count }, (_, map) => frame(map, paper.grid, 1));
  return [
    ...edges, ...(pointed?.band.grid === band.grid ? [frame(pointed.place.map, paper.text, 1)] : []),
    ...(chosen?.title === band.grid.title && chosen.place.map < band.count ? [frame(chosen.place.map, paper.accent, 3)] : []),
  ];
}
