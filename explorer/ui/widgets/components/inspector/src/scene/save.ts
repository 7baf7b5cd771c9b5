// A picture as a file.

import { paint } from "./paint";
import type { Scene } from "./shapes";
import { toSvg } from "./svg";

const LEAST_RATIO = 2;  // a saved picture is printed, too

export async function save(scene: Scene, format: "png" | "svg", name: string): Promise<void> {
  download(format === "svg" ? new Blob([toSvg(scene)], { type: "image/svg+xml" }) : await toPng(scene), `${name}.${format}`);
}

function toPng(scene: Scene): Promise<Blob> {
  const canvas = document.createElement("canvas"), ratio = Math.max(LEAST_RATIO, devicePixelRatio);
  [canvas.width, canvas.height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
  const ctx = canvas.getContext("2d")!;
  ctx.scale(ratio, ratio);
  paint(ctx, scene);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"));
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement("a"), url = URL.createObjectURL(blob);
  [link.href, link.download] = [url, name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
