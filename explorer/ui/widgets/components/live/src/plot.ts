// A plot over steps: uPlot keeps its axes, scales and the drag that zooms; a scene draws on it and reads values off it.

import uPlot from "uplot";
import type { Look } from "./contract";
import { formatNumber, whole } from "../../common/numbers";
import type { Pen } from "./pen";
import { unit, type Shared } from "./shared";
import { linearTicks, logLabel, logTicks, tickLabels } from "./ticks";

export interface Line { name: string; color: string; value: string }

export interface Scene {
  xMax: number;  // steps
  perEpoch: number;
  y: (from: number, to: number) => [number, number];  // the range for a part of the x axis
  log: boolean;
  yTitle: string;
  yTicks?: { at: number[]; labels: string[] };
  draw: (pen: Pen) => void;
  points: ArrayLike<number>;  // the steps that the cursor stops at
  read: (step: number) => Line[];  // every line's value there
}

export interface Size { width: number; height: number }
export interface PlotWords { epoch: string; step: string }

const DUMMY: uPlot.AlignedData = [[0, 1], [null, null]];  // scenes draw themselves

export class Plot {
  private plot: uPlot;
  private cursorLine = make("div", "live-cursor");
  private readout = make("div", "live-readout");
  private font: string;
  private forget: () => void;
  private named = "";  // which names and units the axes have
  pointerY: number | null = null;  // of the axis, where the pointer is

  constructor(private host: HTMLElement, private look: Look, private words: PlotWords, private shared: Shared,
              private scene: Scene, padRight: number, size: Size, private moved: () => void) {
    this.font = getComputedStyle(host).fontFamily;
    this.plot = new uPlot(this.options(padRight, size), DUMMY, host);
    this.plot.over.append(this.cursorLine, this.readout);
    this.plot.over.addEventListener("dblclick", () => shared.zoomTo(null));
    this.plot.over.addEventListener("mouseleave", () => { this.pointerY = null; shared.point(null); });
    this.forget = shared.listen((change) => { change === "axis" ? this.refresh() : this.placeCursor(); });
    this.show(scene);
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.refresh();
  }

  // The scales of the scene, then everything is drawn again.
  private refresh(): void {
    const { plot, scene } = this, [min, max] = this.shared.zoom ?? [0, Math.max(1, scene.xMax)];
    plot.batch(() => {
      plot.setScale("x", { min, max });
      const [low, high] = scene.y(min, max);
      plot.setScale("y", { min: low, max: high });
      const named = `${unit()} ${scene.perEpoch} ${scene.yTitle} ${scene.yTicks?.labels}`;
      if (named !== this.named) plot.redraw(false, true);  // uPlot keeps its ticks while the range is the same
      this.named = named;
    });
    this.host.dataset.unit = unit();
    Object.assign(this.host.dataset, { from: plot.scales.x!.min, to: plot.scales.x!.max, low: plot.scales.y!.min, high: plot.scales.y!.max });
    this.placeCursor();
  }

  resize(size: Size): void {
    if (size.width && size.height) this.plot.setSize(size);
  }

  get canvas(): HTMLCanvasElement {
    return this.plot.ctx.canvas;
  }

  end(): void {
    this.forget();
    this.plot.destroy();
  }

  xText(step: number): string {
    const { perEpoch } = this.scene, epoch = perEpoch ? formatNumber(step / perEpoch) : "";
    return unit() === "epochs" && perEpoch ? `${this.words.epoch} ${epoch}` : `${this.words.step} ${whole(step)}`;
  }

  private options(padRight: number, size: Size): uPlot.Options {
    const { look } = this, px = (size: number) => Math.round(size * look.scale), font = `${px(13)}px ${this.font}`;
    const base = { stroke: look.muted, font, labelFont: font, grid: { stroke: look.grid, width: 1 }, labelGap: px(2),
                   labelSize: px(22), gap: px(4), ticks: { stroke: look.muted, width: 1, size: 4 },
                   border: { show: true, stroke: look.muted, width: 1 } };
    const x: uPlot.Axis = { ...base, size: px(26), label: () => this.inEpochs ? this.words.epoch : this.words.step,
      splits: (u, _i, low, high) => this.xTicks(low, high, Math.max(2, u.width / px(70))),
      values: (_u, splits) => tickLabels(this.inEpochs ? splits.map((step) => step / this.scene.perEpoch) : splits) };
    const y: uPlot.Axis = { ...base, size: (_u, values) => this.ySize(values, px), label: () => this.scene.yTitle,
      splits: (u, _i, low, high) => this.yTicks(low, high, u.height / px(42)),
      values: (_u, splits) => this.scene.yTicks?.labels ?? (this.scene.log ? splits.map(logLabel) : tickLabels(splits)) };
    return {
      ...size, padding: [px(10), padRight, 0, 0],
      legend: { show: false }, series: [{}, { show: false }], axes: [x, y],
      scales: { x: { time: false, auto: false, range: (_u, low, high) => [low, high] },
                y: { auto: false, distr: this.scene.log ? 3 : 1, range: (_u, low, high) => [low, high] } },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false },
                bind: { dblclick: () => null } },
      hooks: { draw: [(u) => this.draw(u)], setCursor: [(u) => this.pointAt(u)], setSelect: [(u) => this.zoom(u)] },
    };
  }

  private get inEpochs(): boolean {
    return unit() === "epochs" && this.scene.perEpoch > 0;
  }

  private xTicks(low: number, high: number, most: number): number[] {
    const per = this.inEpochs ? this.scene.perEpoch : 1;
    return linearTicks(low / per, high / per, most, per === 1 ? 1 : 0).map((tick) => tick * per);
  }

  private yTicks(low: number, high: number, most: number): number[] {
    if (this.scene.yTicks) return this.scene.yTicks.at;
    return this.scene.log ? logTicks(Math.log10(low), Math.log10(high)) : linearTicks(low, high, most);
  }

  private ySize(values: (string | number | null)[] | null, px: (size: number) => number): number {
    const longest = Math.max(4, ...(values ?? []).map((label) => String(label ?? "").length));
    return Math.min(px(150), px(12) + longest * px(7.2));
  }

  private draw(u: uPlot): void {
    const ratio = uPlot.pxRatio, { ctx } = u, scale = this.look.scale;
    ctx.save();
    this.scene.draw({
      ctx, box: u.bbox, ratio: ratio * scale, font: (px) => `${Math.round(px * ratio * scale)}px ${this.font}`,
      x: (value) => u.valToPos(value, "x", true),
      y: (value) => this.scene.log && !(value > 0) ? NaN : u.valToPos(value, "y", true),
    });
    ctx.restore();
  }

  private pointAt(u: uPlot): void {
    const left = u.cursor.left ?? -1, top = u.cursor.top ?? -1;
    if (left < 0) return;
    this.pointerY = u.posToVal(top, "y");
    this.moved();
    this.shared.point(nearest(this.scene.points, u.posToVal(left, "x")));
    this.placeCursor();
  }

  private zoom(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 4) return;
    const ends: [number, number] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (ends[1] - ends[0] >= 1e-6 * this.scene.xMax) this.shared.zoomTo(ends);
  }

  // The cursor's line and what it reads, without drawing anything again.
  placeCursor(): void {
    const { plot, shared, scene } = this, step = shared.cursor;
    const left = step === null ? NaN : plot.valToPos(step, "x"), shown = left >= -1 && left <= plot.over.clientWidth + 1;
    this.cursorLine.hidden = this.readout.hidden = !shown;
    if (step === null || !shown) return;
    const lines = scene.read(step);
    this.readout.hidden = !lines.length;
    this.cursorLine.style.transform = `translateX(${left}px)`;
    this.readout.replaceChildren(make("b", "", this.xText(step)), ...lines.map(lineOf));
    const right = left > plot.over.clientWidth / 2;
    this.readout.style.cssText = right ? `right:${plot.over.clientWidth - left + 10}px` : `left:${left + 10}px`;
  }
}

function lineOf({ name, color, value }: Line): HTMLElement {
  const row = make("span", "");
  const dot = make("i", "");
  dot.style.background = color;
  row.append(dot, `${name} `, make("b", "", value));
  return row;
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, words = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}

// The index of the value nearest to `wanted` in ascending ones; -1 where there are none.
export function nearestIndex(values: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! < wanted) low = middle;
    else high = middle;
  }
  return high >= 0 && wanted - values[low]! > values[high]! - wanted ? high : Math.min(low, values.length - 1);
}

export function nearest(values: ArrayLike<number>, wanted: number): number | null {
  return values[nearestIndex(values, wanted)] ?? null;
}
