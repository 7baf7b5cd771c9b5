// Shapes onto a canvas.

import { colorOf, css } from "./colors";
import { fontOf, wordsOf } from "./measure";
import { pixelsOf } from "./pixels";
import type { Line, Map, Path, Rect, Scene, Shape, Text } from "./shapes";

const FEW_VALUES = 128;  // drawn one by one, without a picture of their own

// The context's own unit is taken for a CSS pixel.
export function paint(ctx: CanvasRenderingContext2D, scene: Scene): void {
  ctx.fillStyle = scene.background;
  ctx.fillRect(0, 0, scene.width, scene.height);
  ctx.textBaseline = "middle";
  for (const shape of scene.shapes) {
    ctx.globalAlpha = "alpha" in shape ? shape.alpha ?? 1 : 1;
    draw(ctx, shape, scene);
  }
  ctx.globalAlpha = 1;
}

function draw(ctx: CanvasRenderingContext2D, shape: Shape, scene: Scene): void {
  switch (shape.kind) {
    case "rect": return drawRect(ctx, shape);
    case "line": return drawLine(ctx, shape);
    case "path": return drawPath(ctx, shape);
    case "text": return drawText(ctx, shape, scene);
    case "map": return drawMap(ctx, shape);
  }
}

function pen(ctx: CanvasRenderingContext2D, { stroke, line = 1, dash = [] }: Rect | Line | Path): void {
  ctx.strokeStyle = stroke!;
  ctx.lineWidth = line;
  ctx.setLineDash(dash);
}

function drawRect(ctx: CanvasRenderingContext2D, shape: Rect): void {
  const { x, y, width, height, fill, stroke, radius } = shape;
  ctx.beginPath();
  if (radius) ctx.roundRect(x, y, width, height, radius);
  else ctx.rect(x, y, width, height);
  if (fill) { ctx.fillStyle = fill; ctx.fill(); }
  if (stroke) { pen(ctx, shape); ctx.stroke(); }
}

function drawLine(ctx: CanvasRenderingContext2D, shape: Line): void {
  pen(ctx, shape);
  ctx.beginPath();
  ctx.moveTo(shape.x, shape.y);
  ctx.lineTo(shape.toX, shape.toY);
  ctx.stroke();
}

function drawPath(ctx: CanvasRenderingContext2D, shape: Path): void {
  const path = new Path2D(shape.d);
  if (shape.fill) { ctx.fillStyle = shape.fill; ctx.fill(path); }
  if (shape.stroke) { pen(ctx, shape); ctx.stroke(path); }
}

function drawText(ctx: CanvasRenderingContext2D, shape: Text, scene: Scene): void {
  ctx.font = fontOf(shape, scene);
  ctx.fillStyle = shape.color;
  ctx.textAlign = shape.align ?? "left";
  ctx.fillText(wordsOf(shape, scene), shape.x, shape.y);
}

function drawMap(ctx: CanvasRenderingContext2D, map: Map): void {
  if (map.rows * map.columns <= FEW_VALUES && (map.alpha ?? 1) === 1) return drawCells(ctx, map);  // cells overlap a little
  ctx.imageSmoothingEnabled = map.width < map.columns;  // where there are more values than pixels
  ctx.drawImage(pixelsOf(map), map.x, map.y, map.width, map.height);
}

function drawCells(ctx: CanvasRenderingContext2D, { x, y, width, height, values, from, rows, columns, limit, colors }: Map): void {
  const [across, down] = [width / columns, height / rows];
  for (let cell = 0, count = Math.min(rows * columns, values.length - from); cell < count; cell++) {
    const left = x + (cell % columns) * across, top = y + Math.floor(cell / columns) * down;
    ctx.fillStyle = css(colorOf(colors, values[from + cell]!, limit));
    ctx.fillRect(left, top, Math.min(across + 0.5, x + width - left), Math.min(down + 0.5, y + height - top));  // no seams between them
  }
}
