// The large frame: one step of the film, with its scale beside it.

import { make } from "../dom";
import { formatNumber } from "../../../common/numbers";
import { css, colorOf } from "../scene";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import type { Frame } from "./contract";
import { drawFrame, fit, type Tint, valueAt } from "./picture";

const EDGE = 8, SCALE = { width: 12, room: 92 }, STOPS = 64;

export class Stage {
  readonly canvas = make("canvas", "film-canvas");
  private frame: Frame | null = null;
  private box: Box = { x: 0, y: 0, width: 1, height: 1 };
  private painted = 0;

  constructor() {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
  }

  paint(frame: Frame | null, tint: Tint | null, paper: Paper): void {
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio;
    if (!width) return;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    const ctx = this.canvas.getContext("2d")!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = paper.background;
    ctx.fillRect(0, 0, width, height);
    this.frame = frame;
    if (!frame || !tint) return;
    this.box = fit(frame, { x: SCALE.room, y: EDGE, width: width - 2 * SCALE.room, height: height - 2 * EDGE });
    drawFrame(ctx, frame, tint, this.box);
    this.drawScale(ctx, tint, paper, this.box.x + this.box.width + 16, height);
    this.canvas.dataset.painted = String(++this.painted);
    this.canvas.dataset.step = String(frame.step);
  }

  private drawScale(ctx: CanvasRenderingContext2D, { colors, limit }: Tint, paper: Paper, x: number, height: number): void {
    const top = EDGE + 10, high = Math.min(180, height - 2 * top), each = high / STOPS;
    for (let i = 0; i < STOPS; i++) {
      const share = 1 - i / (STOPS - 1);
      ctx.fillStyle = css(colorOf(colors, colors.signed ? (2 * share - 1) * limit : share * limit, limit));
      ctx.fillRect(x, top + i * each, SCALE.width, each + 0.5);
    }
    ctx.fillStyle = paper.muted;
    [ctx.font, ctx.textAlign, ctx.textBaseline] = [`${12 * paper.scale}px ${paper.font}`, "left", "middle"];
    const marks: [number, number][] = colors.signed ? [[0, limit], [0.5, 0], [1, -limit]] : [[0, limit], [1, 0]];
    for (const [at, value] of marks) ctx.fillText(formatNumber(value), x + SCALE.width + 5, top + at * high);
  }

  valueAt(event: MouseEvent) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return this.frame && valueAt(this.frame, this.box, event.clientX - left, event.clientY - top);
  }
}
