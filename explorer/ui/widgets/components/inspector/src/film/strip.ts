// The strip of all frames: small pictures with their steps, the one that is shown framed; only those in view are drawn.

import { make } from "../dom";
import type { Paper } from "../operation/paper";
import type { Frame } from "./contract";
import { drawFrame, fit, type Tint } from "./picture";

const WIDE = 74, PICTURE = 62, GAP = 6, LABEL = 16;

export class Strip {
  readonly element = make("div", "film-strip");
  readonly canvas = make("canvas", "film-strip-canvas");
  private readonly room = make("div", "film-strip-room");
  private places = 0;

  // `go`: a person chose a place.
  constructor(private readonly go: (place: number) => void, repaint: () => void) {
    this.canvas.setAttribute("role", "img");
    this.element.append(this.canvas, this.room);
    this.element.addEventListener("scroll", repaint);
    this.canvas.addEventListener("click", (event) => {
      const place = Math.floor((event.clientX - this.canvas.getBoundingClientRect().left + this.element.scrollLeft) / WIDE);
      if (place < this.places) this.go(place);
    });
  }

  paint(steps: number[], shown: number, frameAt: (place: number) => Frame | undefined, tintOf: (frame: Frame) => Tint, damaged: ReadonlySet<number>, paper: Paper): void {
    const { clientWidth: width, clientHeight: height, scrollLeft } = this.element, ratio = devicePixelRatio;
    this.places = steps.length;
    this.room.style.width = `${steps.length * WIDE}px`;
    if (!width) return;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const ctx = this.canvas.getContext("2d")!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = paper.panel;
    ctx.fillRect(0, 0, width, height);
    for (let place = Math.floor(scrollLeft / WIDE); place * WIDE < scrollLeft + width && place < steps.length; place++) {
      this.drawPlace(ctx, place * WIDE - scrollLeft, steps[place]!, frameAt(place), place === shown, damaged.has(steps[place]!), tintOf, paper);
    }
  }

  private drawPlace(ctx: CanvasRenderingContext2D, x: number, step: number, frame: Frame | undefined, isShown: boolean, isDamaged: boolean, tintOf: (frame: Frame) => Tint, paper: Paper): void {
    const box = { x: x + GAP, y: GAP, width: PICTURE, height: PICTURE };
    if (frame) drawFrame(ctx, frame, tintOf(frame), fit(frame, box));
    ctx.fillStyle = isShown ? paper.text : paper.muted;
    ctx.font = `${isShown ? 600 : 400} ${12 * paper.scale}px ${paper.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    if (isDamaged) ctx.fillText("✖", box.x + PICTURE / 2, box.y + PICTURE / 2);
    ctx.fillText(step.toLocaleString("en-US"), box.x + PICTURE / 2, GAP + PICTURE + LABEL / 2 + 2, WIDE);
    if (!isShown) return;
    ctx.strokeStyle = paper.accent;
    ctx.lineWidth = 2;
    ctx.strokeRect(box.x - 3, box.y - 3, PICTURE + 6, PICTURE + 6);
  }

  // Scrolls so far that a place is in view.
  reveal(place: number): void {
    this.room.style.width = `${Math.max(this.places, place + 1) * WIDE}px`;
    const left = place * WIDE, { scrollLeft, clientWidth } = this.element;
    if (left < scrollLeft) this.element.scrollLeft = left - WIDE;
    else if (left + WIDE > scrollLeft + clientWidth) this.element.scrollLeft = left + 2 * WIDE - clientWidth;
  }
}
