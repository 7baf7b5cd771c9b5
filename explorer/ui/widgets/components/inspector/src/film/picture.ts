// A frame as a small picture of one pixel a value, with a free pixel between tiles; it is enlarged without smoothing.

import { entryOf } from "../scene/colors";
import type { Colors as Table } from "../scene";
import type { Box } from "../operation/box";
import type { Frame } from "./contract";

export interface Tint { colors: Table; limit: number }

const made = new WeakMap<Frame, { canvas: HTMLCanvasElement; tint: Tint }>();

export function sizeOf({ tiles, rows, columns, across }: Frame): { width: number; height: number } {
  const used = Math.min(across, tiles), lines = Math.ceil(tiles / across);
  return { width: used * (columns + 1) - 1, height: lines * (rows + 1) - 1 };
}

// The largest place in the middle of a box.
export function fit(frame: Frame, box: Box): Box {
  const { width, height } = sizeOf(frame), scale = Math.min(box.width / width, box.height / height);
  const each = scale >= 1 ? Math.floor(scale) : scale;
  return { x: box.x + (box.width - width * each) / 2, y: box.y + (box.height - height * each) / 2, width: width * each, height: height * each };
}

export function drawFrame(ctx: CanvasRenderingContext2D, frame: Frame, tint: Tint, box: Box): void {
  const picture = pictureOf(frame, tint);
  ctx.imageSmoothingEnabled = box.width < picture.width;
  ctx.drawImage(picture, box.x, box.y, box.width, box.height);
}

function pictureOf(frame: Frame, tint: Tint): HTMLCanvasElement {
  const known = made.get(frame);
  if (known && known.tint.colors === tint.colors && known.tint.limit === tint.limit) return known.canvas;
  const canvas = known?.canvas ?? document.createElement("canvas"), { width, height } = sizeOf(frame);
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")!.putImageData(colored(frame, tint, width, height), 0, 0);
  made.set(frame, { canvas, tint });
  return canvas;
}

function colored({ values, tiles, rows, columns, across }: Frame, { colors, limit }: Tint, width: number, height: number): ImageData {
  const pixels = new ImageData(width, height), { table, missing } = colors;
  for (let tile = 0, from = 0; tile < tiles; tile++) {
    const left = (tile % across) * (columns + 1), top = Math.floor(tile / across) * (rows + 1);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, from++) {
        const entry = entryOf(colors, values[from]!, limit), to = 4 * ((top + row) * width + left + column);
        pixels.data.set(entry < 0 ? [...missing, 255] : [table[entry]!, table[entry + 1]!, table[entry + 2]!, 255], to);
      }
    }
  }
  return pixels;
}

// The value at a point of the box that the frame is drawn in.
export function valueAt({ values, tiles, rows, columns, across, ...frame }: Frame, box: Box, x: number, y: number): { tile: number; row: number; column: number; value: number } | null {
  const { width, height } = sizeOf({ values, tiles, rows, columns, across, ...frame });
  const at = Math.floor(((x - box.x) / box.width) * width), down = Math.floor(((y - box.y) / box.height) * height);
  const column = at % (columns + 1), row = down % (rows + 1), tile = Math.floor(down / (rows + 1)) * across + Math.floor(at / (columns + 1));
  if (at < 0 || down < 0 || at >= width || down >= height || column === columns || row === rows || tile >= tiles) return null;
  return { tile, row, column, value: values[(tile * rows + row) * columns + column]! };
}
