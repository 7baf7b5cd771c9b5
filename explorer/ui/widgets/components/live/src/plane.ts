// A canvas with two axes of numbers, their names and ticks, for data in a plane.

import type { Look } from "./contract";
import { make, type Size } from "./plot";
import { write, type Box, type Pen } from "./pen";
import { linearTicks, tickLabels } from "./ticks";

export interface Frame2D { x: [number, number]; y: [number, number]; xName: string; yName: string; square: boolean }

export class Plane {
  readonly canvas = make("canvas", "live-plane");
  private ctx = this.canvas.getContext("2d")!;
  private font = "";

  // Draws the axes; `draw` goes inside them. False where there is no room.
  paint(size: Size, look: Look, frame: Frame2D, draw: (pen: Pen) => void): boolean {
    const ratio = devicePixelRatio || 1, width = Math.round(size.width * ratio), height = Math.round(size.height * ratio);
    if (!width || !height) return false;
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    const scale = ratio * look.scale, family = (this.font ||= getComputedStyle(this.canvas).fontFamily);
    const box = boxOf(frame, width, height, scale), { ctx } = this;
    const pen: Pen = {
      ctx, box, ratio: scale, font: (px) => `${Math.round(px * scale)}px ${family}`,
      x: (value) => box.left + ((value - frame.x[0]) / (frame.x[1] - frame.x[0])) * box.width,
      y: (value) => box.top + box.height - ((value - frame.y[0]) / (frame.y[1] - frame.y[0])) * box.height,
    };
    ctx.clearRect(0, 0, width, height);
    draw(pen);
    axes(pen, look, frame);
    return true;
  }
}

function boxOf(frame: Frame2D, width: number, height: number, scale: number): Box {
  const left = 58 * scale, right = 12 * scale, top = 8 * scale, bottom = 46 * scale;
  const room = { left, top, width: width - left - right, height: height - top - bottom };
  if (!frame.square) return room;
  const wide = (frame.x[1] - frame.x[0]) / (frame.y[1] - frame.y[0]) || 1, side = Math.min(room.height, room.width / wide);
  return { left: left + (room.width - side * wide) / 2, top: top + (room.height - side) / 2, width: side * wide, height: side };
}

function axes(pen: Pen, look: Look, frame: Frame2D): void {
  const { ctx, box, ratio } = pen, bottom = box.top + box.height;
  ctx.strokeStyle = look.muted;
  ctx.lineWidth = ratio;
  ctx.setLineDash([]);
  ctx.strokeRect(box.left, box.top, box.width, box.height);
  const xs = linearTicks(...frame.x, box.width / (60 * ratio)), ys = linearTicks(...frame.y, box.height / (42 * ratio));
  tickLabels(xs).forEach((label, i) => write(pen, label, pen.x(xs[i]!), bottom + 6 * ratio, look.muted, 13, "center", "top"));
  tickLabels(ys).forEach((label, i) => write(pen, label, box.left - 6 * ratio, pen.y(ys[i]!), look.muted, 13, "right"));
  write(pen, frame.xName, box.left + box.width / 2, bottom + 25 * ratio, look.text, 13, "center", "top");
  ctx.save();
  ctx.translate(box.left - 46 * ratio, box.top + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  write(pen, frame.yName, 0, 0, look.text, 13, "center");
  ctx.restore();
}
