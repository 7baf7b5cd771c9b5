// A card's maps as pixels: every value is one, enlarged without smoothing to the cell that the map has on the card.

import type { Look } from "../contract";
import { tableOf } from "../live/maps";
import { boxOf, type Grid, type MapsParams } from "./grid";
import type { NodeMaps } from "./moment";

export const SHARPNESS = 2;  // pixels of a card's picture for one of the plane's

const scratch = document.createElement("canvas");

// The colors of one node's values: `limit` is the end of the scale; `image` shows values from 0 to 1 as light.
export interface Tinting {
  limit: number;
  signed: boolean;
  image: boolean;
}

export function paintMaps(canvas: HTMLCanvasElement, maps: NodeMaps, params: MapsParams, grid: Grid, tinting: Tinting, look: Look): void {
  const [count, rows, columns] = maps.values.shape;
  const context = begin(canvas, grid);
  if (!count || !rows || !columns) return;
  const shown = params.form === "text" ? grid.cells : Math.min(count, grid.cells);
  const every = params.form === "text" ? Math.ceil(params.total / grid.cells) : 1;
  if (params.form !== "text") {
    colorAll(maps, tinting, look);
    for (let map = 0; map < shown; map++) {
      const { x, y, width, height } = boxOf(grid, map);
      context.drawImage(scratch, 0, map * rows, columns, rows, x, y, width, height);
    }
  }
  writeNames(context, maps.names, params, grid, every, look);
  canvas.dataset.painted = String(Number(canvas.dataset.painted ?? 0) + 1);  // for tests and people with developer tools
}

export function clearMaps(canvas: HTMLCanvasElement, grid: Grid): void {
  if (canvas.dataset.painted === undefined) return;
  begin(canvas, grid);
  delete canvas.dataset.painted;
}

function begin(canvas: HTMLCanvasElement, grid: Grid): CanvasRenderingContext2D {
  const width = Math.max(1, Math.ceil(grid.width * SHARPNESS)), height = Math.max(1, Math.ceil(grid.height * SHARPNESS));
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d")!;
  context.setTransform(SHARPNESS, 0, 0, SHARPNESS, 0, 0);
  context.clearRect(0, 0, grid.width, grid.height);
  context.imageSmoothingEnabled = false;
  return context;
}

// All maps below one another, on a canvas that nobody sees.
function colorAll({ values: { data, shape: [count, rows, columns] } }: NodeMaps, { limit, signed, image }: Tinting, look: Look): void {
  const pixels = new ImageData(columns, count * rows), size = rows * columns, { data: out } = pixels;
  const table = tableOf(signed ? look.signed : look.sequential), last = table.length / 3 - 1;
  const scale = signed ? last / (2 * limit) : last / limit, zero = signed ? last / 2 : 0;
  for (let i = 0, to = 0; i < data.length; i++, to += 4) {
    const value = data[i];
    if (!Number.isFinite(value)) continue;  // left empty, as a thumbnail leaves it
    if (image) {
      const only = count === 3 ? Math.floor(i / size) : -1, light = 255 * value;
      for (let c = 0; c < 3; c++) out[to + c] = only < 0 || only === c ? light : 0;
    } else {
      const color = 3 * Math.min(last, Math.max(0, Math.round(value * scale + zero)));
      out[to] = table[color];
      out[to + 1] = table[color + 1];
      out[to + 2] = table[color + 2];
    }
    out[to + 3] = 255;
  }
  [scratch.width, scratch.height] = [columns, count * rows];
  scratch.getContext("2d")!.putImageData(pixels, 0, 0);
}

function writeNames(context: CanvasRenderingContext2D, names: readonly string[], { form, is_named, rows }: MapsParams, grid: Grid, every: number, look: Look): void {
  if (form !== "text" && !is_named) return;
  const style = getComputedStyle(context.canvas), high = form === "tokens" ? grid.cell.height / rows : grid.cell.height;
  context.fillStyle = style.color || look.muted;
  context.textBaseline = "middle";
  context.font = `${Math.min(15, high - (form === "units" ? 3 : 1))}px ${form === "units" ? "sans-serif" : "monospace"}`;
  const lines = form === "tokens" ? rows : grid.cells;
  for (let i = 0; i < lines; i++) {
    const name = names[i * every] ?? "";
    if (form === "units") {
      const { x, y, width, height } = boxOf(grid, i);
      context.fillText(fitted(context, name, grid.width - width - 6), x + width + 5, y + height / 2);
    } else {
      context.fillText(name, form === "text" ? 12 : 2, (i + 0.5) * high);
    }
  }
}

function fitted(context: CanvasRenderingContext2D, words: string, most: number): string {
  if (context.measureText(words).width <= most) return words;
  let kept = words;
  while (kept && context.measureText(`${kept}…`).width > most) kept = kept.slice(0, -1);
  return `${kept}…`;
}
