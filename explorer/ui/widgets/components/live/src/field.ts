// What a network says about every point of a plane: colors of the classes mixed by probability, the samples on top.

import type { LiveData, Look, Overlay } from "./contract";
import { isoLines, joined, margins } from "./contour";
import type { Sign } from "./frame";
import { fill, percent, whole } from "../../common/numbers";
import { clipped, marker, type Pen } from "./pen";
import { make } from "./plot";
import type { Frame2D } from "./plane";
import type { Item } from "./results";
import type { Tensor } from "../../common/tensors";

const STRENGTH = 0.55, CLASS_STRENGTH = 0.35;  // of the colors on the ground, as in figures/scatter.py

const MOST_SIGNS = 6;

type Rgb = [number, number, number];

export class Field {
  private picture = make("canvas", "");
  private dots = new Dots();
  private ramp: { key: string; colors: Uint8ClampedArray } | null = null;
  private overlay: { key: Overlay; lines: number[][] } | null = null;

  frame({ x, y, samples }: Item): Frame2D {
    return { x: ends(x), y: ends(y), xName: samples?.x_axis ?? "", yName: samples?.y_axis ?? "", square: true };
  }

  draw(pen: Pen, item: Item, { look, options }: LiveData): void {
    const { ctx, box } = pen, values = item.values as Tensor;
    this.mix(values, look);
    clipped({ ...pen, ratio: 0 }, () => {
      ctx.imageSmoothingEnabled = true;
      // the pixels' centers lie on the grid's points, so half a pixel hangs over on each side
      const [height, width] = values.shape as [number, number], across = box.width / Math.max(1, width - 1), up = box.height / Math.max(1, height - 1);
      ctx.drawImage(this.picture, box.left - across / 2, box.top - up / 2, box.width + across, box.height + up);
    });
    if ((values.shape[2] ?? 1) <= 2) this.boundary(pen, item, values, look);
    if (options.overlay) this.earlier(pen, options.overlay, look);
    this.dots.draw(pen, item.samples, look);
  }

  private mix({ data, shape }: Tensor, look: Look): void {
    const [height, width, classes = 1] = shape as [number, number, number?];
    if (this.picture.width !== width || this.picture.height !== height) [this.picture.width, this.picture.height] = [width, height];
    const ctx = this.picture.getContext("2d")!, image = ctx.createImageData(width, height);
    if (classes <= 2) this.mixTwo(image, data, classes, look);
    else mixMany(image, data, classes, look);
    ctx.putImageData(image, 0, 0);
  }

  // The probability of the second class, on the signed scale.
  private mixTwo(image: ImageData, data: ArrayLike<number>, classes: number, look: Look): void {
    const colors = this.rampOf(look), { width, height } = image;
    for (let row = 0; row < height; row++) {
      for (let column = 0, to = 4 * (height - 1 - row) * width; column < width; column++, to += 4) {
        const share = data[(row * width + column) * classes + classes - 1]!;
        if (Number.isNaN(share)) continue;
        const from = 4 * Math.max(0, Math.min(255, Math.round(255 * share)));
        for (let channel = 0; channel < 4; channel++) image.data[to + channel] = colors[from + channel]!;
      }
    }
  }

  private rampOf(look: Look): Uint8ClampedArray {
    const key = look.diverging.join();
    if (this.ramp?.key !== key) {
      const ends = look.diverging.map((color) => mixed(rgb(look.diverging[1]!), rgb(color), STRENGTH)) as [Rgb, Rgb, Rgb];
      const colors = new Uint8ClampedArray(4 * 256);
      for (let i = 0; i < 256; i++) colors.set([...between(...ends, i / 255), 255], 4 * i);
      this.ramp = { key, colors };
    }
    return this.ramp.colors;
  }

  private boundary(pen: Pen, { x, y }: Item, values: Tensor, look: Look): void {
    const [height, width, classes = 1] = values.shape as [number, number, number?];
    const level = Float32Array.from({ length: width * height }, (_, i) => values.data[i * classes + classes - 1]! - 0.5);
    strokeIso(pen, isoLines(level, width, height), ends(x), ends(y), width, height, look.line, []);
  }

  private earlier(pen: Pen, overlay: Overlay, look: Look): void {
    const [height, width, classes = 1] = overlay.shape as [number, number, number?];
    if (this.overlay?.key !== overlay) {
      const bytes = Uint8Array.from(atob(overlay.probabilities), (c) => c.charCodeAt(0));
      this.overlay = { key: overlay, lines: margins(bytes, width * height, classes).map((level) => isoLines(level, width, height)) };
    }
    for (const lines of this.overlay.lines) strokeIso(pen, lines, overlay.x, overlay.y, width, height, look.text, [5, 5]);
  }

  // A name to every color, as many as there is room for.
  signs({ samples, values }: Item, { look, words, options: { overlay } }: LiveData): Sign[] {
    const classes = Math.min(MOST_SIGNS, Math.max(2, (values as Tensor).shape[2] ?? 1));
    const signs: Sign[] = Array.from({ length: classes }, (_, k) => ({ name: className(samples, k, words), color: look.classes[k % look.classes.length]!, kind: "dot" }));
    if (samples?.held_out?.data.some(Boolean)) signs.push({ name: words.held_out!, color: look.muted, kind: "ring" });
    if (overlay) signs.push({ name: overlay.name, color: look.text, kind: "dash" });
    return signs;
  }

  describe({ title, values, samples }: Item, { words }: LiveData): string {
    const { data, shape } = values as Tensor, classes = shape[2] ?? 1, count = Math.max(2, classes), shares = new Array<number>(count).fill(0);
    for (let i = 0; i < data.length; i += classes) {
      const odds = classes <= 2 ? [1 - data[i + classes - 1]!, data[i + classes - 1]!] : [...data.subarray(i, i + classes)];
      shares[odds.indexOf(Math.max(...odds))]! += classes / data.length;
    }
    const largest = shares.indexOf(Math.max(...shares)), points = samples?.x?.data?.length ?? 0;
    return fill(words.field!, { title, count, name: className(samples, largest, words), share: percent(shares[largest]!), samples: whole(points) });
  }
}

export function className(samples: Item, index: number, words: Record<string, string>): string {
  return samples?.class_names?.[index] ?? fill(words.class_number!, { index });
}

export function ends({ data }: Tensor): [number, number] {
  return [data[0] ?? 0, data.at(-1) ?? 1];
}

// The samples as a picture of their own: they stay where they are while the boundary moves.
class Dots {
  private picture = make("canvas", "");
  private key = "";

  draw(pen: Pen, samples: Item, look: Look): void {
    const { width, height } = pen.ctx.canvas, { box } = pen;
    const key = JSON.stringify([width, height, box, pen.x(0), pen.x(1), pen.y(0), pen.y(1), look.classes, look.background, checksum(samples)]);
    if (key !== this.key) {
      this.key = key;
      [this.picture.width, this.picture.height] = [width, height];
      drawSamples({ ...pen, ctx: this.picture.getContext("2d")! }, samples, look, true);
    }
    pen.ctx.drawImage(this.picture, 0, 0);
  }
}

function checksum(samples: Item): number {
  let sum = 0;
  for (const values of [samples?.x?.data, samples?.y?.data, samples?.target?.data, samples?.held_out?.data] as (ArrayLike<number> | undefined)[]) {
    for (let i = 0; i < (values?.length ?? 0); i++) sum = (sum * 31 + Number(values![i])) % 1e9;
  }
  return sum;
}

// Dots in the colors of their classes; those that were held out are hollow.
export function drawSamples(pen: Pen, samples: Item, look: Look, outlined: boolean): void {
  const { ctx, ratio } = pen, x = samples?.x?.data ?? [], y = samples?.y?.data ?? [], target = samples?.target?.data;
  const heldOut = samples?.held_out?.data, r = (x.length > 400 ? 3 : 3.6) * ratio;
  clipped(pen, () => {
    ctx.setLineDash([]);
    for (let i = 0; i < x.length; i++) {
      const color = target ? look.classes[Math.max(0, target[i]!) % look.classes.length]! : look.samples;
      marker(ctx, "circle", pen.x(x[i]!), pen.y(y[i]!), r);
      ctx.fillStyle = heldOut?.[i] ? look.background : color;
      ctx.strokeStyle = heldOut?.[i] ? color : look.dark ? look.background : "#FFFFFF";
      ctx.lineWidth = (heldOut?.[i] ? 1.8 : 1.2) * ratio;
      ctx.fill();
      if (outlined || heldOut?.[i]) ctx.stroke();
    }
  });
}

function strokeIso(pen: Pen, lines: number[], x: [number, number], y: [number, number], width: number, height: number, color: string, dash: number[]): void {
  const { ctx, ratio } = pen, atX = (i: number) => pen.x(x[0] + (i / (width - 1)) * (x[1] - x[0])), atY = (i: number) => pen.y(y[0] + (i / (height - 1)) * (y[1] - y[0]));
  clipped(pen, () => {
    ctx.beginPath();
    for (const line of joined(lines)) line.forEach(([x, y], i) => (i ? ctx.lineTo(atX(x), atY(y)) : ctx.moveTo(atX(x), atY(y))));
    ctx.strokeStyle = color;
    ctx.lineWidth = 2 * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.stroke();
  });
}

// The colors of all classes, each as strong as its probability.
function mixMany(image: ImageData, data: ArrayLike<number>, classes: number, look: Look): void {
  const ground = rgb(look.background), colors = look.classes.map((color) => mixed(ground, rgb(color), CLASS_STRENGTH));
  const { width, height } = image;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const color = blend(colors, data, (row * width + column) * classes, classes);
      if (color) image.data.set([...color, 255], 4 * ((height - 1 - row) * width + column));
    }
  }
}

function blend(colors: Rgb[], data: ArrayLike<number>, from: number, classes: number): Rgb | null {
  const sum: Rgb = [0, 0, 0];
  for (let k = 0; k < classes; k++) {
    const color = colors[k % colors.length]!, share = data[from + k]!;
    for (let channel = 0; channel < 3; channel++) sum[channel]! += share * color[channel]!;
  }
  return Number.isFinite(sum[0]) ? sum : null;
}

function between(low: Rgb, middle: Rgb, high: Rgb, share: number): Rgb {
  return share < 0.5 ? mixed(low, middle, 2 * share) : mixed(middle, high, 2 * share - 1);
}

function mixed(first: Rgb, second: Rgb, share: number): Rgb {
  return first.map((value, i) => value + (second[i]! - value) * share) as Rgb;
}

function rgb(color: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as Rgb;
}
