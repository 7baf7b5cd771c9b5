// The film as files: all frames in one picture, or a video of them.

import { type Colors, download, type Scene, type Shape } from "../scene";
import type { Paper } from "../operation/paper";
import type { Frame } from "./contract";
import { drawFrame, fit, sizeOf, type Tint } from "./picture";

const ACROSS = 12, SIDE = 110, GAP = 14, LABEL = 20, TITLE = 30, PX = 12, VIDEO_SIDE = 480, VIDEO_CAPTION = 34;

export function sheet(frames: Frame[], title: string, scale: string, tintOf: (frame: Frame) => Tint, paper: Paper): Scene {
  const lines = Math.ceil(frames.length / ACROSS), across = Math.min(ACROSS, frames.length);
  const shapes: Shape[] = [{ kind: "text", x: GAP, y: TITLE / 2 + 4, words: `${title} · ${scale}`, color: paper.text, px: 14, weight: 600 }];
  frames.forEach((frame, n) => {
    const x = GAP + (n % ACROSS) * (SIDE + GAP), y = TITLE + Math.floor(n / ACROSS) * (SIDE + LABEL + GAP);
    shapes.push(...tilesOf(frame, tintOf(frame), fit(frame, { x, y, width: SIDE, height: SIDE })),
      { kind: "text", x: x + SIDE / 2, y: y + SIDE + LABEL / 2, words: frame.step.toLocaleString("en-US"), color: paper.muted, px: PX, align: "center" });
  });
  const width = Math.max(420, GAP + across * (SIDE + GAP));
  return { width, height: TITLE + lines * (SIDE + LABEL + GAP), background: paper.background, font: paper.font, scale: 1, shapes };
}

function tilesOf(frame: Frame, { colors, limit }: Tint, box: { x: number; y: number; width: number }): Shape[] {
  const { values, tiles, rows, columns, across } = frame, each = box.width / sizeOf(frame).width;
  return Array.from({ length: tiles }, (_, tile) => ({
    kind: "map" as const, x: box.x + (tile % across) * (columns + 1) * each, y: box.y + Math.floor(tile / across) * (rows + 1) * each,
    width: columns * each, height: rows * each, values, from: tile * rows * columns, rows, columns, limit, colors: colors as Colors,
  }));
}

export const canRecord = (): boolean => typeof MediaRecorder !== "undefined" && MediaRecorder.isTypeSupported("video/webm");

// Recorded as it plays, frame by frame; `caption`: what is written below a frame.
export async function record(frames: Frame[], perS: number, name: string, caption: (frame: Frame) => string, tintOf: (frame: Frame) => Tint, paper: Paper): Promise<void> {
  const canvas = document.createElement("canvas"), ctx = canvas.getContext("2d")!, parts: Blob[] = [];
  [canvas.width, canvas.height] = [VIDEO_SIDE, VIDEO_SIDE + VIDEO_CAPTION];
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/webm", videoBitsPerSecond: 4_000_000 });
  const ended = new Promise((done) => recorder.addEventListener("stop", done));
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  for (const frame of frames) {
    ctx.fillStyle = paper.background;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    drawFrame(ctx, frame, tintOf(frame), fit(frame, { x: 10, y: 10, width: VIDEO_SIDE - 20, height: VIDEO_SIDE - 20 }));
    [ctx.fillStyle, ctx.font, ctx.textAlign, ctx.textBaseline] = [paper.text, `16px ${paper.font}`, "center", "middle"];
    ctx.fillText(caption(frame), VIDEO_SIDE / 2, VIDEO_SIDE + VIDEO_CAPTION / 2, VIDEO_SIDE - 20);
    await new Promise((done) => setTimeout(done, 1000 / perS));
  }
  recorder.stop();
  await ended;
  download(new Blob(parts, { type: "video/webm" }), `${name}.webm`);
}
