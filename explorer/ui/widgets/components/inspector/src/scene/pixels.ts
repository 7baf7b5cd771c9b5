// A map as a small picture of one pixel a value, kept as long as its values are.

import { entryOf } from "./colors";
import type { Map } from "./shapes";

const MOST_KEPT = 4096;
let kept = new WeakMap<object, globalThis.Map<string, HTMLCanvasElement>>(), count = 0;

export function pixelsOf(map: Map): HTMLCanvasElement {
  const key = [map.from, map.rows, map.columns, map.limit, map.colors.signed, map.colors.stops].join();
  const own = kept.get(map.values) ?? new globalThis.Map<string, HTMLCanvasElement>();
  kept.set(map.values, own);
  const found = own.get(key) ?? draw(map);
  if (!own.has(key) && ++count > MOST_KEPT) [kept, count] = [new WeakMap(), 0];
  own.set(key, found);
  return found;
}

function draw({ values, from, rows, columns, limit, colors }: Map): HTMLCanvasElement {
  const canvas = document.createElement("canvas"), { table, missing } = colors;
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(columns, rows), pixels = image.data;
  for (let i = 0, to = Math.min(rows * columns, values.length - from); i < to; i++) {
    const entry = entryOf(colors, values[from + i]!, limit);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = entry < 0 ? missing[c]! : table[entry + c]!;
    pixels[4 * i + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}
