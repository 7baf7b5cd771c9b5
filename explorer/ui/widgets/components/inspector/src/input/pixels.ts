// Pixels of an input, (channel, height, width): turned into an image, and painted on.

import type { Tensor } from "../../../common/tensors";

export interface Size { channels: number; height: number; width: number }

export function sizeOf(shape: number[]): Size {
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  return { channels, height, width };
}

// The first three channels, or the one, in 0..1.
export function toImage(values: ArrayLike<number>, { channels, height, width }: Size, pen: CanvasRenderingContext2D): ImageData {
  const image = pen.createImageData(width, height), plane = height * width, colors = channels >= 3 ? [0, 1, 2] : [0, 0, 0];
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = values[colors[c]! * plane + i]! * 255;
    image.data[i * 4 + 3] = 255;
  }
  return image;
}

// A difference: negative orange, zero the ground, positive blue; of colors their mean.
export function toDifference(values: ArrayLike<number>, { channels, height, width }: Size, scale: string[], pen: CanvasRenderingContext2D): ImageData {
  const image = pen.createImageData(width, height), plane = height * width, table = scale.map(rgb), last = table.length - 1;
  for (let i = 0; i < plane; i++) {
    let mean = 0;
    for (let c = 0; c < channels; c++) mean += values[c * plane + i]! / channels;
    const at = Math.min(Math.max((mean + 1) / 2, 0), 1) * last, low = Math.floor(at), high = Math.min(low + 1, last), share = at - low;
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = table[low]![c]! * (1 - share) + table[high]![c]! * share;
    image.data[i * 4 + 3] = 255;
  }
  return image;
}

function rgb(color: string): number[] {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

// A copy with a round stroke from one point to another, in pixels; ink by channel, in 0..1. Its edge is half a pixel soft.
export function stroke(pixels: Tensor, size: Size, from: [number, number], to: [number, number], radius: number, ink: number[]): Tensor {
  const data = Float32Array.from(pixels.data), { channels, height, width } = size, plane = height * width;
  const left = Math.max(0, Math.floor(Math.min(from[0], to[0]) - radius - 1)), right = Math.min(width - 1, Math.ceil(Math.max(from[0], to[0]) + radius));
  const top = Math.max(0, Math.floor(Math.min(from[1], to[1]) - radius - 1)), bottom = Math.min(height - 1, Math.ceil(Math.max(from[1], to[1]) + radius));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const covered = Math.min(Math.max(radius + 0.5 - distance(x + 0.5, y + 0.5, from, to), 0), 1);
      if (!covered) continue;
      for (let c = 0; c < channels; c++) {
        const at = c * plane + y * width + x;
        data[at] = data[at]! * (1 - covered) + (ink[c] ?? ink[0]!) * covered;
      }
    }
  }
  return { data, shape: pixels.shape };
}

function distance(x: number, y: number, [ax, ay]: [number, number], [bx, by]: [number, number]): number {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = length ? Math.min(Math.max(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0), 1) : 0;
  return Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay));
}
