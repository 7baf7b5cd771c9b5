// Gradient norms, layer by step: a heat strip with a log color bar.

import type { LiveData } from "./contract";
import { axisEnd } from "./curves";
import { fill, formatNumber, whole } from "../../common/numbers";
import { clipped, write, type Pen } from "./pen";
import { make, nearestIndex, type Scene } from "./plot";
import type { Numbers } from "./received";
import type { Table } from "./table";
import { logLabel } from "./ticks";

const LONGEST_NAME = 18, NAME_PX = 17, BAR_PX = 12;

export class Strip {
  private picture = make("canvas", "");
  private colors: Uint8ClampedArray;
  private drawn = "";  // which columns the picture has
  private ends: [number, number] = [0, 1];  // of the colors, as powers of ten
  layer: number | null = null;

  constructor(private data: LiveData) {
    this.colors = rampOf(data.look.sequential);
  }

  scene(numbers: Numbers, heightPx: number): Scene {
    const { layers } = numbers.meta, count = Math.max(1, layers.length);
    this.update(numbers);
    const every = Math.max(1, Math.ceil((count * NAME_PX * this.data.look.scale) / Math.max(40, heightPx - 60)));
    const named = layers.map((_, i) => i).filter((i) => i % every === 0);
    return {
      xMax: axisEnd(numbers), perEpoch: numbers.meta.batches_per_epoch, log: false, y: () => [0, count], yTitle: this.data.words.layer!,
      yTicks: { at: named.map((i) => count - i - 0.5), labels: named.map((i) => shortened(layers[i]!)) },
      points: numbers.stripStep,
      read: (step) => this.read(numbers, step),
      draw: (pen) => this.draw(pen, numbers),
    };
  }

  point(numbers: Numbers, y: number | null): void {
    const count = numbers.meta.layers.length;
    this.layer = y === null || !count ? null : Math.max(0, Math.min(count - 1, Math.floor(count - y)));
  }

  private read({ meta, strip, stripStep }: Numbers, step: number) {
    const layer = this.layer ?? 0, at = nearestIndex(stripStep, step);
    if (at < 0 || !meta.layers.length) return [];
    return [{ name: meta.layers[layer]!, color: this.data.look.muted, value: formatNumber(strip[at * meta.layers.length + layer]!) }];
  }

  // The picture has a pixel a value; it is painted anew only where there are more columns.
  private update({ strip, stripStep, meta }: Numbers): void {
    const columns = stripStep.length, layers = meta.layers.length;
    const drawn = `${columns} ${stripStep.at(-1)} ${layers}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    if (!columns || !layers) return;
    [this.picture.width, this.picture.height] = [columns, layers];
    this.ends = endsOf(strip);
    const [low, high] = this.ends, ctx = this.picture.getContext("2d")!, image = ctx.createImageData(columns, layers);
    for (let column = 0; column < columns; column++) {
      for (let layer = 0; layer < layers; layer++) {
        const value = Math.log10(strip[column * layers + layer]!), share = (value - low) / (high - low);
        if (Number.isNaN(share)) continue;  // nothing is drawn where there is no number
        const from = 4 * Math.round(255 * Math.max(0, Math.min(1, share)));
        image.data.set(this.colors.subarray(from, from + 4), 4 * (layer * columns + column));
      }
    }
    ctx.putImageData(image, 0, 0);
  }

  private draw(pen: Pen, { stripStep, meta }: Numbers): void {
    if (!stripStep.length || !meta.layers.length) return;
    const { ctx, box } = pen, layers = meta.layers.length;
    clipped({ ...pen, ratio: 0 }, () => {
      ctx.imageSmoothingEnabled = false;
      for (let i = 0; i < stripStep.length; i++) {
        const left = pen.x(i ? stripStep[i - 1]! : 0), right = pen.x(stripStep[i]!);
        if (right < box.left || left > box.left + box.width) continue;
        const from = Math.floor(left);
        ctx.drawImage(this.picture, i, 0, 1, layers, from, box.top, Math.max(1, Math.ceil(right) - from), box.height);
      }
    });
    this.drawBar(pen);
  }

  private drawBar(pen: Pen): void {
    const { ctx, box, ratio } = pen, { look, words } = this.data, left = box.left + box.width + 12 * ratio, right = left + (BAR_PX + 6) * ratio;
    const gradient = ctx.createLinearGradient(0, box.top + box.height, 0, box.top);
    look.sequential.forEach((color, i) => gradient.addColorStop(i / (look.sequential.length - 1), color));
    ctx.fillStyle = gradient;
    ctx.fillRect(left, box.top, BAR_PX * ratio, box.height);
    write(pen, logLabel(10 ** this.ends[1]), right, box.top + 7 * ratio, look.muted, 12);
    write(pen, logLabel(10 ** this.ends[0]), right, box.top + box.height - 7 * ratio, look.muted, 12);
    const name = fill(words.log!, { axis: words.gradient_norm! });
    if (name.length * 6.5 * ratio > box.height - 20 * ratio) return;  // the heading says what the colors are
    ctx.save();
    ctx.translate(right + 12 * ratio, box.top + box.height / 2);
    ctx.rotate(-Math.PI / 2);
    write(pen, name, 0, 0, look.text, 12, "center");
    ctx.restore();
  }

  describe({ meta, strip, stripStep }: Numbers): string {
    const { words } = this.data, layers = meta.layers.length, last = strip.subarray(strip.length - layers);
    if (!stripStep.length || !layers) return `${words.strip_title}: ${words.waiting}`;
    const order = [...last.keys()].filter((i) => Number.isFinite(last[i])).sort((a, b) => last[a]! - last[b]!);
    if (!order.length) return fill(words.strip_broken!, { step: whole(stripStep.at(-1)!) });
    const [low, high] = [order[0]!, order.at(-1)!];
    return fill(words.strip_goes!, { count: layers, step: whole(stripStep.at(-1)!), low_layer: meta.layers[low]!, low: formatNumber(last[low]!),
                                     high_layer: meta.layers[high]!, high: formatNumber(last[high]!) });
  }

  tabulate({ meta, strip, stripStep }: Numbers): Table {
    const { words } = this.data, { layers } = meta;
    const rows = [...stripStep].flatMap((step, i) => layers.map((name, j) => [whole(step), name, formatNumber(strip[i * layers.length + j]!)]));
    return { title: words.strip_title!, columns: [words.step!, words.layer!, words.gradient_norm!], rows };
  }
}

// The lowest and the highest power of ten, without the rarest hundredths.
function endsOf(values: Float32Array): [number, number] {
  const powers = Float64Array.from(values, Math.log10).filter(Number.isFinite).sort();
  if (!powers.length) return [0, 1];
  const at = (share: number) => powers[Math.round(share * (powers.length - 1))]!;
  const [low, high] = [at(0.01), at(0.99)];
  return high - low > 0.1 ? [low, high] : [low - 0.5, high + 0.5];
}

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `…${name.slice(1 - LONGEST_NAME)}`;
}

// 256 colors between those of a scale, four bytes each.
export function rampOf(scale: string[]): Uint8ClampedArray {
  const canvas = make("canvas", ""), ctx = canvas.getContext("2d", { willReadFrequently: true })!;
  [canvas.width, canvas.height] = [256, 1];
  const gradient = ctx.createLinearGradient(0, 0, 256, 0);
  scale.forEach((color, i) => gradient.addColorStop(i / (scale.length - 1), color));
  ctx.fillStyle = gradient;
  ctx.fillRect(0, 0, 256, 1);
  return ctx.getImageData(0, 0, 256, 1).data;
}
