// The outline of what is bright in a picture, to be seen on patches whose color is the weight alone.

import type { Box } from "../operation/box";
import type { Shape } from "../scene";
import type { Tensor } from "../../../common/tensors";

export interface Segment { row: number; column: number; toRow: number; toColumn: number }  // in pixels of the picture

const MOST = 56;  // cells along a side: a larger picture is averaged first
const LINES = [["#ffffff", 2.5, 0.7], ["#1f2937", 1, 0.9]] as const;  // one that is read on light and on dark
const known = new WeakMap<object, Segment[]>();

export function outlineOf(gray: Tensor): Segment[] {
  if (!known.has(gray.data)) known.set(gray.data, trace(gray));
  return known.get(gray.data)!;
}

// Its strokes over a box, thin and on a light line; where `shows` is given, only those whose middle it accepts.
export function drawOutline(gray: Tensor, box: Box, shows: (x: number, y: number) => boolean = () => true): Shape[] {
  const scale = box.width / gray.shape[2]!;
  const segments = outlineOf(gray).map(({ row, column, toRow, toColumn }) => ({ x: box.x + column * scale, y: box.y + row * scale, toX: box.x + toColumn * scale, toY: box.y + toRow * scale }));
  const shown = segments.filter(({ x, y, toX, toY }) => shows((x + toX) / 2, (y + toY) / 2));
  return LINES.flatMap(([stroke, line, alpha]) => shown.map((segment): Shape => ({ kind: "line", ...segment, stroke, line, alpha })));
}

function trace({ data, shape }: Tensor): Segment[] {
  const [, height, width] = shape as [number, number, number], step = Math.ceil(Math.max(height, width) / MOST);
  const rows = Math.floor(height / step), columns = Math.floor(width / step), values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns) * step, column = (i % columns) * step;
    let sum = 0;
    for (let y = row; y < row + step; y++) for (let x = column; x < column + step; x++) sum += data[y * width + x]!;
    return sum;
  });
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]), middle = (low + high) / 2;
  const isBright = (row: number, column: number) => values[row * columns + column]! > middle, found: Segment[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [y, x] = [row * step, column * step], here = isBright(row, column);
      if (column > 0 && here !== isBright(row, column - 1)) found.push({ row: y, column: x, toRow: y + step, toColumn: x });
      if (row > 0 && here !== isBright(row - 1, column)) found.push({ row: y, column: x, toRow: y, toColumn: x + step });
    }
  }
  return found;
}
