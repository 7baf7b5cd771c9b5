// How a layer's values are distributed, step by step: TensorBoard's two ways to draw it, with the spread over all steps beside it.

import type { MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { swipe } from "../beside/swipe";
import { Head } from "../operation/head";
import { makePaper, type Paper } from "../operation/paper";
import { download, paint, type Scene, save } from "../scene";
import type { Store } from "../store";
import { type Axis, along } from "./axis";
import { Choices } from "./choices";
import { binsOf, placeOf, type Series, type Shown } from "./contract";
import { Loader } from "./loading";
import { drawRidges, type Ridge } from "./ridges";
import { drawSpread } from "./spread";

const SHARE = 0.6, ABOVE_PX = 30;

export const makeHistograms: MakePart = (host, data, _trigger, store) => new HistogramsPart(host, data, store);

class HistogramsPart implements Part {
  private readonly head: Head;
  private readonly choices: Choices;
  private readonly loader: Loader;
  private readonly canvas = make("canvas", "histograms-canvas");
  private readonly note = make("p", "histograms-note");
  private readonly line = make("p", "histograms-line");
  private readonly slider = make("input", "histograms-slider");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unwatch: () => void;
  private paper!: Paper;
  private ridges: Ridge[] = [];
  private axis: Axis = { low: 0, high: 1, from: 0, to: 1 };
  private waiting = 0;
  private painted = 0;
  private pointed = "";

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    const body = make("div", "histograms-body");
    this.head = new Head(data, store, (format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)));
    this.loader = new Loader(store, data.probe, () => this.arrived(), (sentence) => this.refused(sentence));
    this.choices = new Choices(() => this.load(), () => this.paintSoon());
    this.slider.type = "range";
    this.slider.dataset.testid = "histograms-step";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.line.setAttribute("aria-live", "polite");
    body.append(this.canvas, this.note);
    host.append(this.head.element, this.choices.element, body, this.line, this.slider);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.observer.observe(this.canvas);
    this.update(data);
    setText(this.note, data.words.waiting!);
    this.unwatch = store.watch((look) => {
      this.choices.without(look.run);
      this.load();
      this.paintSoon();
    });
    this.load();
  }

  private load(): void {
    if (!this.loader.series) this.head.show(this.store.look.node, "");
    this.loader.load(this.choices.asked, this.choices.runs);
  }

  private arrived(): void {
    const series = this.loader.series!;
    this.note.hidden = true;
    this.head.show(series.node, series.title);
    this.paintSoon();
  }

  private refused(sentence: string | null): void {
    this.head.show(this.store.look.node, "");
    setText(this.note, sentence ?? this.data.words.failed!);
    this.note.hidden = this.loader.series !== null;
    if (!this.note.hidden) return this.paintSoon();
    setText(this.line, this.note.textContent!);
  }

  private get shown(): Shown[] {
    const { series, others } = this.loader, { runs } = this.data.look;
    if (!series) return [];
    const found = this.choices.runs.flatMap((run, n): Shown[] => {
      const other = others.get(run);
      return other && typeof other !== "string" ? [{ series: other, color: runs[n + 1]!, title: swipe.titles[run] ?? "" }] : [];
    });
    return [{ series, color: runs[0]!, title: "" }, ...found];
  }

  private go(place: number): void {
    const { series } = this.loader;
    if (series) this.store.set({ step: series.steps.data[Math.max(0, Math.min(series.steps.data.length - 1, place))]! });
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private scene(width: number, height: number): Scene {
    const { shown, paper, data: { words } } = this, { step } = this.store.look, { mode, isLog } = this.choices.drawn, left = width * SHARE;
    const { shapes, ridges, axis } = drawRidges(shown, step, mode, isLog, words, { x: 0, y: 0, width: left, height }, paper);
    [this.ridges, this.axis] = [ridges, axis];
    return {
      width, height, background: paper.background, font: paper.font, scale: paper.scale,
      shapes: [...shapes, ...drawSpread(shown, step, words, { x: left, y: 0, width: width - left, height }, paper)],
    };
  }

  private paint(): void {
    this.waiting = 0;
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio, { series } = this.loader;
    if (!width || !series?.steps.data.length) return;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    const ctx = this.canvas.getContext("2d")!, place = placeOf(series, this.store.look.step);
    ctx.scale(ratio, ratio);
    paint(ctx, this.scene(width, height));
    this.canvas.dataset.painted = String(++this.painted);
    this.slider.max = String(series.steps.data.length - 1);
    this.slider.value = String(place);
    this.slider.setAttribute("aria-valuetext", fill(this.data.words.side_step!, { step: series.steps.data[place]! }));
    setText(this.line, this.pointed || this.describe(series, place));
  }

  private describe(series: Series, place: number): string {
    const { words } = this.data, value = (from: { data: ArrayLike<number> }) => formatNumber(from.data[place]!), epoch = series.epoch.data[place]!, notFinite = series.not_finite.data[place]!;
    const why = [...this.loader.others.values()].filter((other): other is string => typeof other === "string");
    return [
      fill(words.side_step!, { step: series.steps.data[place]!.toLocaleString("en-US") }), Number.isFinite(epoch) ? fill(words.epoch!, { value: epoch.toFixed(2) }) : "",
      fill(words.moments!, { mean: value(series.mean), spread: value(series.spread) }),
      series.counted < series.total ? fill(words.part!, { counted: series.counted.toLocaleString("en-US"), total: series.total.toLocaleString("en-US") }) : fill(words.values!, { total: series.total.toLocaleString("en-US") }),
      notFinite ? fill(words.not_finite!, { count: notFinite }) : "", series.damaged.length ? fill(words.damaged!, { steps: series.damaged.slice(0, 3).join(", "), count: series.damaged.length }) : "", series.note ?? "", ...why,
    ].filter(Boolean).join(" · ");
  }

  // The step whose line is nearest below the pointer, and the bin.
  private at(event: MouseEvent): { place: number; bin: number } | null {
    const { left, top } = this.canvas.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top, { series } = this.loader;
    if (!series || x < this.axis.from || x > this.axis.to || !this.ridges.length) return null;
    const isOver = this.choices.drawn.mode === "overlay", place = isOver ? placeOf(series, this.store.look.step)
      : (this.ridges.find(({ baseline }) => baseline >= y - 2 && baseline - y < ABOVE_PX) ?? this.ridges.find(({ baseline }) => baseline >= y))?.place;
    const { data } = series.edges, value = this.axis.low + ((x - this.axis.from) / (this.axis.to - this.axis.from)) * (this.axis.high - this.axis.low);
    const bin = Math.floor(((value - data[0]!) / (data[data.length - 1]! - data[0]!)) * binsOf(series));
    return place === undefined || bin < 0 || bin >= binsOf(series) ? null : { place, bin };
  }

  private point(event: PointerEvent | null): void {
    const found = event && this.at(event), { series } = this.loader;
    this.pointed = "";
    if (found && series) {
      const { edges, counts, steps } = series, [low, high] = [edges.data[found.bin]!, edges.data[found.bin + 1]!];
      this.pointed = fill(this.data.words.bin!, { step: steps.data[found.place]!.toLocaleString("en-US"), low: formatNumber(low), high: formatNumber(high), count: counts.data[found.place * binsOf(series) + found.bin]!.toLocaleString("en-US") });
    }
    this.paintSoon();
  }

  private click(event: MouseEvent): void {
    const found = this.at(event), { left, width } = this.canvas.getBoundingClientRect(), { series } = this.loader;
    if (found) return this.go(found.place);
    const from = width * SHARE + 52, x = event.clientX - left;  // over the spread: the step at the pointer
    if (series && x > from) this.go(Math.round(along({ low: from, high: width - 10, from: 0, to: series.steps.data.length - 1 }, x)));
  }

  private key(event: KeyboardEvent): void {
    const { series } = this.loader;
    if (!series || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = placeOf(series, this.store.look.step), moves: Record<string, number> = { ArrowLeft: place - 1, ArrowRight: place + 1, ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: Infinity };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.go(to);
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    const { series } = this.loader;
    if (!series) return;
    const name = `${series.what} of ${series.node} over training`;
    if (format !== "npz") return save(this.scene(this.canvas.clientWidth, this.canvas.clientHeight), format, name);
    const { bytes } = await this.store.ask(this.data.probe, { node: series.node, ...this.choices.asked }, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.paper = makePaper(data.look, getComputedStyle(this.canvas).fontFamily || "sans-serif");
    this.head.update(data);
    this.choices.update(data.words, data.look, data.options.runs ?? []);
    this.slider.title = data.words.step!;
    this.slider.setAttribute("aria-label", data.words.step!);
    this.canvas.setAttribute("aria-label", data.words.canvas!);
    this.paintSoon();
  }

  end(): void {
    this.loader.end();
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unwatch();
  }
}
