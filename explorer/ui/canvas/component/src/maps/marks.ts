// Frames over a card's maps: of the one that is pointed at, of those it is computed from, and of those it feeds.

import { boxOf } from "./grid";
import type { MapsCard } from "./overview";
import { SHARPNESS } from "./paint";

const LINE = 2, VEIL = 0.62;

// `veiled`: what is not framed is made pale.
export function paintMarks({ marks, grid }: MapsCard, maps: "all" | ReadonlySet<number>, color: string, veiled: boolean): void {
  const context = begin(marks, grid.width, grid.height);
  const places = maps === "all" ? [...Array(grid.cells).keys()] : [...maps].filter((map) => map < grid.cells);
  if (veiled && maps !== "all") {
    context.globalAlpha = VEIL;
    context.fillStyle = getComputedStyle(marks).color;  // the card's own, by the styles
    context.fillRect(0, 0, grid.width, grid.height);
    context.globalAlpha = 1;
    for (const place of places) {
      const { x, y, width, height } = boxOf(grid, place);
      context.clearRect(x, y, width, height);
    }
  }
  context.strokeStyle = color;
  context.lineWidth = Math.min(LINE, grid.gap + 1);
  if (maps === "all" && grid.cells > 1) context.strokeRect(1, 1, grid.width - 2, grid.height - 2);
  else for (const place of places) frame(context, boxOf(grid, place));
}

function frame(context: CanvasRenderingContext2D, { x, y, width, height }: { x: number; y: number; width: number; height: number }): void {
  const half = context.lineWidth / 2;
  context.strokeRect(x + half, y + half, width - 2 * half, height - 2 * half);
}

export function clearMarks({ marks }: MapsCard): void {
  if (marks.width > 1) marks.width = marks.height = 1;
}

function begin(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  [canvas.width, canvas.height] = [Math.ceil(width * SHARPNESS), Math.ceil(height * SHARPNESS)];
  const context = canvas.getContext("2d")!;
  context.setTransform(SHARPNESS, 0, 0, SHARPNESS, 0, 0);
  return context;
}
