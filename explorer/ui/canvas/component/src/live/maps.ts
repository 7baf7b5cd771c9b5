// Maps as pixels: one a value, which the styles enlarge. The colors are Python's tables.

import type { Look } from "../contract";
import type { Grid } from "./frames";

export const MAPS_WIDTH = 152, MAPS_HEIGHT = 40, STRIP_HEIGHT = 20, GAP = 4;  // as widgets/thumbnail.py has them

const tables = new Map<string, Uint8Array>();

// Red, green and blue of the colors of a scale, low to high.
export function tableOf(packed: string): Uint8Array {
  let table = tables.get(packed);
  if (!table) tables.set(packed, table = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0)));
  return table;
}

export function paintUnit(canvas: HTMLCanvasElement, grid: Grid, unit: number, look: Look): void {
  const [count, height, width] = grid.values.shape;
  if (unit >= count) return;
  paint(canvas, grid, [unit], width, height, 0, look);
}

// The first maps of a block side by side, as many as the card has room for; rows of values as one strip.
export function paintBlock(canvas: HTMLCanvasElement, grid: Grid, isSample: boolean, look: Look): void {
  const [count, height, width] = grid.values.shape;
  if (height === 1) {
    size(canvas, MAPS_WIDTH, STRIP_HEIGHT);
    paint(canvas, grid, [0], count * width, 1, 0, look);
  } else if (isSample && count === 3) {
    const scale = Math.min(MAPS_HEIGHT / height, MAPS_WIDTH / width);
    size(canvas, width * scale, height * scale);
    paintImage(canvas, grid, width, height);
  } else {
    const scale = Math.min(MAPS_HEIGHT / height, MAPS_WIDTH / width), gap = Math.max(1, Math.round(GAP / scale));
    const shown = Math.max(1, Math.min(count, Math.floor((MAPS_WIDTH / scale + gap) / (width + gap))));
    size(canvas, (shown * (width + gap) - gap) * scale, height * scale);
    if (isSample) paintImage(canvas, grid, width, height);
    else paint(canvas, grid, [...Array(shown).keys()], width, height, gap, look);
  }
}

function size(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, high] = [`${Math.round(width)}px`, `${Math.round(height)}px`];
  if (canvas.style.width !== wide) canvas.style.width = wide;
  if (canvas.style.height !== high) canvas.style.height = high;
}

function paint(canvas: HTMLCanvasElement, grid: Grid, maps: number[], width: number, height: number, gap: number, look: Look): void {
  const image = begin(canvas, maps.length * (width + gap) - gap, height), { data } = grid.values;
  const table = tableOf(grid.signed ? look.signed : look.sequential), last = table.length / 3 - 1;
  const scale = grid.signed ? last / (2 * grid.limit) : last / grid.limit, zero = grid.signed ? last / 2 : 0;
  maps.forEach((map, place) => {
    for (let y = 0; y < height; y++) {
      let from = (map * height + y) * width, to = 4 * (y * image.width + place * (width + gap));
      for (let x = 0; x < width; x++, from++, to += 4) {
        const value = data[from];
        if (!Number.isFinite(value)) continue;  // left empty, as a thumbnail leaves it
        const color = 3 * Math.min(last, Math.max(0, Math.round(value * scale + zero)));
        image.data[to] = table[color];
        image.data[to + 1] = table[color + 1];
        image.data[to + 2] = table[color + 2];
        image.data[to + 3] = 255;
      }
    }
  });
  finish(canvas, image);
}

// A sample as the image it is: gray or in color, from 0 to 1.
function paintImage(canvas: HTMLCanvasElement, { values: { data, shape: [count] } }: Grid, width: number, height: number): void {
  const image = begin(canvas, width, height), pixels = width * height;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * data[count === 3 ? c * pixels + i : i];
    image.data[4 * i + 3] = 255;
  }
  finish(canvas, image);
}

function begin(canvas: HTMLCanvasElement, width: number, height: number): ImageData {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return new ImageData(width, height);
}

function finish(canvas: HTMLCanvasElement, image: ImageData): void {
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  canvas.dataset.painted = String(Number(canvas.dataset.painted ?? 0) + 1);  // for tests and people with developer tools
}

export function clear(canvas: HTMLCanvasElement): void {
  canvas.getContext("2d")!.clearRect(0, 0, canvas.width, canvas.height);
}
