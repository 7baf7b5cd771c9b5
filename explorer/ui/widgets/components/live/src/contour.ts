// Where a function on a grid crosses zero: marching squares, in units of the grid.

// [x0, y0, x1, y1, ...] of all segments.
export function isoLines(level: ArrayLike<number>, width: number, height: number): number[] {
  const segments: number[] = [];
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const at = y * width + x, a = level[at]!, b = level[at + 1]!, c = level[at + width + 1]!, d = level[at + width]!;
      const cut: number[] = [];
      if (a > 0 !== b > 0) cut.push(x + a / (a - b), y);
      if (b > 0 !== c > 0) cut.push(x + 1, y + b / (b - c));
      if (d > 0 !== c > 0) cut.push(x + d / (d - c), y + 1);
      if (a > 0 !== d > 0) cut.push(x, y + a / (a - d));
      if (cut.every(Number.isFinite)) segments.push(...cut);  // two points, or in a saddle four
    }
  }
  return segments;
}

// How far each class is ahead of all others, on the grid; of two classes one margin is enough.
export function margins(odds: ArrayLike<number>, points: number, classes: number): Float32Array[] {
  const last = classes - 1, two = classes <= 2;
  return Array.from({ length: two ? 1 : classes }, (_, k) => Float32Array.from({ length: points }, (_, i) => {
    if (two) return odds[i * classes + last]! - 127.5;
    let other = -Infinity;
    for (let j = 0; j < classes; j++) if (j !== k) other = Math.max(other, odds[i * classes + j]!);
    return odds[i * classes + k]! - other;
  }));
}
