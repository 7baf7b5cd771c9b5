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

// Segments that meet, as lines: dashes run along a line and not along each segment.
export function joined(segments: number[]): [number, number][][] {
  const at = new Map<string, number[]>(), used = new Set<number>(), lines: [number, number][][] = [];
  const nameOf = (x: number, y: number) => `${x.toFixed(4)} ${y.toFixed(4)}`;
  for (let i = 0; i < segments.length; i += 2) {
    const name = nameOf(segments[i]!, segments[i + 1]!), found = at.get(name);
    if (found) found.push(i);
    else at.set(name, [i]);
  }
  // from one end of a segment to the other end of the next, as far as it goes
  const follow = (end: number): [number, number][] => {
    const line: [number, number][] = [[segments[end]!, segments[end + 1]!]];
    for (let here: number | undefined = end; here !== undefined;) {
      const other: number = here % 4 ? here - 2 : here + 2;
      used.add(Math.min(here, other));
      line.push([segments[other]!, segments[other + 1]!]);
      here = at.get(nameOf(segments[other]!, segments[other + 1]!))!.find((next) => !used.has(next - (next % 4)));
    }
    return line;
  };
  const isEnd = (end: number) => at.get(nameOf(segments[end]!, segments[end + 1]!))!.length === 1;
  const starts = Array.from({ length: segments.length / 2 }, (_, i) => 2 * i);
  for (const start of [...starts.filter(isEnd), ...starts]) if (!used.has(start - (start % 4))) lines.push(follow(start));
  return lines;
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
