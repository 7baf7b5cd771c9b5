// A scene on a canvas of its size. How often one was painted stands on the canvas, for those who measure.

import { paint } from "./paint";
import type { Scene } from "./shapes";

export function paintOn(canvas: HTMLCanvasElement, scene: Scene): void {
  const ratio = devicePixelRatio, [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  canvas.style.width = `${scene.width}px`;
  canvas.style.height = `${scene.height}px`;
  const ctx = canvas.getContext("2d")!;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint(ctx, scene);
  canvas.dataset.painted = String(Number(canvas.dataset.painted ?? 0) + 1);
}
