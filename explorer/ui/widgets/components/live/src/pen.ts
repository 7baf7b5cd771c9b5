// Lines, markers and words on a plot: `Pen` maps values to pixels of its canvas.

export interface Box { left: number; top: number; width: number; height: number }

export interface Pen {
  ctx: CanvasRenderingContext2D;
  box: Box;
  ratio: number;  // canvas pixels a CSS pixel, times the projector's scale
  font: (px: number) => string;
  x: (value: number) => number;
  y: (value: number) => number;
}

export interface Stroke { color: string; width: number; dash?: string }

const DASHES: Record<string, number[]> = {
  solid: [], dash: [7, 5], dot: [1.5, 4], dashdot: [7, 4, 1.5, 4], longdash: [12, 6], longdashdot: [12, 5, 1.5, 5],
};
const FAR_PX = 20_000;  // further out a canvas loses its precision

// A line with gaps where a value is no number, or not above zero on a log axis; of many points in one column of pixels
// the lowest and the highest.
export function strokeLine(pen: Pen, xs: ArrayLike<number>, ys: ArrayLike<number>, stroke: Stroke): void {
  const { ctx } = pen, path = new Path2D();
  let open = false, column = NaN, low = 0, high = 0, last = 0;
  const flush = () => {
    if (low !== high) { path.lineTo(column, low); path.lineTo(column, high); path.lineTo(column, last); }
  };
  for (let i = 0; i < xs.length; i++) {
    const x = clamp(pen.x(xs[i]!)), y = clamp(pen.y(ys[i]!));
    if (!Number.isFinite(y)) {
      if (open) flush();
      [open, column] = [false, NaN];
      continue;
    }
    const here = Math.round(x);
    if (open && here === column) {
      [low, high, last] = [Math.min(low, y), Math.max(high, y), y];
      continue;
    }
    if (open) flush();
    else path.moveTo(x, y);
    path.lineTo(x, y);
    [open, column, low, high, last] = [true, here, y, y, y];
  }
  if (open) flush();
  apply(pen, stroke);
  ctx.stroke(path);
}

export function apply({ ctx, ratio }: Pen, { color, width, dash }: Stroke): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = width * ratio;
  ctx.lineJoin = width > 1 ? "round" : "bevel";
  ctx.lineCap = "round";  // a single point is a dot
  ctx.setLineDash((DASHES[dash ?? "solid"] ?? []).map((length) => length * ratio));
}

function clamp(value: number): number {
  return Number.isNaN(value) ? NaN : Math.max(-FAR_PX, Math.min(FAR_PX, value));
}

export function drawMarkers(pen: Pen, xs: ArrayLike<number>, ys: ArrayLike<number>, symbol: string, color: string): void {
  const { ctx, ratio, box } = pen;
  ctx.fillStyle = color;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [pen.x(xs[i]!), pen.y(ys[i]!)];
    if (!Number.isFinite(y) || y < box.top - 9 || y > box.top + box.height + 9) continue;
    marker(ctx, symbol, x, y, 3.5 * ratio);
    ctx.fill();
  }
}

export function marker(ctx: CanvasRenderingContext2D, symbol: string, x: number, y: number, r: number): void {
  ctx.beginPath();
  if (symbol === "circle") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (symbol === "square") ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  else polygon(ctx, symbol, x, y, 1.25 * r);
}

// diamond, the triangles, pentagon, hexagon; any other sign is a cross
function polygon(ctx: CanvasRenderingContext2D, symbol: string, x: number, y: number, r: number): void {
  const [corners, start] = ({ diamond: [4, 0], "triangle-up": [3, 0], "triangle-down": [3, 0.5], pentagon: [5, 0],
                              hexagon: [6, 0] } as Record<string, [number, number]>)[symbol] ?? [12, symbol === "x" ? 0 : 0.125];
  for (let i = 0; i < corners; i++) {
    const angle = 2 * Math.PI * (i / corners + start) - Math.PI / 2, reach = corners === 12 && i % 3 ? 0.45 * r : r;
    ctx.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  ctx.closePath();
}

export function write(pen: Pen, words: string, x: number, y: number, color: string, px: number,
                      align: CanvasTextAlign = "left", baseline: CanvasTextBaseline = "middle"): void {
  const { ctx } = pen;
  ctx.font = pen.font(px);
  ctx.fillStyle = color;
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
  ctx.fillText(words, x, y);
}

// Inside the box alone.
export function clipped(pen: Pen, draw: () => void): void {
  const { ctx, box } = pen, slack = 3 * pen.ratio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left - slack, box.top - slack, box.width + 2 * slack, box.height + 2 * slack);
  ctx.clip();
  draw();
  ctx.restore();
}

// Positions at least `gap` apart, as near as possible to those wanted, in the same order: figures/curves.py `spread`.
export function spread(wanted: number[], gap: number): number[] {
  const groups: number[][] = [], order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const bottom = (group: number[]) => group.reduce((sum, i, n) => sum + wanted[i]! - gap * n, 0) / group.length;
  for (const i of order) {
    let group = [i];
    while (groups.length && bottom(group) < bottom(groups.at(-1)!) + gap * groups.at(-1)!.length) group = [...groups.pop()!, ...group];
    groups.push(group);
  }
  const placed = [...wanted];
  for (const group of groups) group.forEach((i, n) => { placed[i] = bottom(group) + gap * n; });
  return placed;
}
