// What the network has learned so far, as its task shows it: the first result of the run's view.

import type { LiveData } from "./contract";
import { Field, drawSamples } from "./field";
import type { News } from "./feed";
import { Frame, type Sign } from "./frame";
import { fill, formatNumber, whole } from "../../common/numbers";
import { paintNever, paintSoon } from "./paint";
import type { MakePart, Part, Trigger } from "./part";
import { strokeLine, clipped } from "./pen";
import { Plane } from "./plane";
import { make, type Size } from "./plot";
import { countRight, Predictions, winner } from "./predictions";
import type { Item } from "./results";
import type { Table } from "./table";

const KNOWN = ["Predictions", "Field2D", "FittedLine", "Writing", "Unavailable"];

class ViewPart implements Part {
  private frame: Frame;
  private plane = new Plane();
  private field = new Field();
  private predictions: Predictions;
  private words = make("div", "live-writing");
  private item: Item | null = null;
  private step = 0;
  private over = false;
  private size: Size = { width: 0, height: 0 };
  private resized = new ResizeObserver(([entry]) => { this.size = entry!.contentRect; this.soon(); });

  constructor(private host: HTMLElement, private data: LiveData, trigger: Trigger) {
    this.predictions = new Predictions((place) => trigger("sample", place));
    const title = data.options.title ?? data.words.view_title!;
    this.frame = new Frame(data, "view", title, () => this.table(), () => (this.plane.canvas.isConnected ? this.plane.canvas : null));
    host.append(this.frame.root);
    this.resized.observe(this.frame.body);
  }

  receive({ view, numbers }: News): void {
    this.over = numbers?.meta.end ?? false;
    const first = view?.items.find((item) => KNOWN.includes(item.type)) ?? null;
    if (view && !first) this.frame.fill(false);  // of a kind that is not drawn here
    if (!view || !first || first === this.item) return;
    [this.item, this.step] = [first, view.step];
    this.soon();
  }

  update(data: LiveData): void {
    this.data = data;
    this.frame.update(data);
    this.soon();
  }

  end(): void {
    paintNever(this);
    this.resized.disconnect();
    this.frame.root.remove();
  }

  private soon(): void {
    if (this.item) paintSoon(this, this.data.part, () => this.paint(this.item!));
  }

  private paint(item: Item): void {
    const { frame, data } = this;
    frame.name(data.options.title ?? item.title ?? data.words.view_title!, fill(data.words.at_step!, { step: whole(this.step) }));
    frame.explain(item.type === "Field2D" ? this.field.signs(item, data) : item.type === "FittedLine" ? lineSigns(item, data) : []);
    const shown = { Predictions: this.predictions.root, Field2D: this.plane.canvas, FittedLine: this.plane.canvas }[item.type] ?? this.words;
    for (const part of [this.predictions.root, this.plane.canvas, this.words]) if (part !== shown) part.remove();
    if (shown.parentElement !== frame.body) frame.body.append(shown);
    this.draw(item);
    frame.fill(false);
    frame.describe(() => this.describe(item), this.over);
    this.host.dataset.lastStep = String(this.step);
    this.host.dataset.view = item.type;
  }

  private draw(item: Item): void {
    const { data, data: { look } } = this;
    switch (item.type) {
      case "Predictions": return this.predictions.show(item, data);
      case "Field2D": return void this.plane.paint(this.size, look, this.field.frame(item), (pen) => this.field.draw(pen, item, data));
      case "FittedLine": return void this.plane.paint(this.size, look, lineFrame(item), (pen) => {
        drawSamples(pen, item.samples, look, false);
        clipped(pen, () => strokeLine(pen, item.line.x.data, item.line.y.data, { color: look.accent, width: 3 }));
      });
      case "Writing": return this.words.replaceChildren(make("b", "", item.prompt), document.createTextNode(item.written));
      default: return this.words.replaceChildren(make("p", "live-warning", `${look.warning.icon} ${item.sentence}`));
    }
  }

  private describe(item: Item): string {
    const { words } = this.data;
    switch (item.type) {
      case "Predictions": {
        const [right, count] = countRight(item);
        return fill(words.predictions!, { title: item.title, right, count });
      }
      case "Field2D": return this.field.describe(item, this.data);
      case "FittedLine": {
        const { x, y } = item.line, at = (values: Float32Array, i: number) => formatNumber(values.at(i) ?? NaN);
        return fill(words.fitted!, { title: item.title, axis: item.samples.x_axis, low: at(x.data, 0), high: at(x.data, -1), start: at(y.data, 0), end: at(y.data, -1) });
      }
      case "Writing": return `${item.title}: ${item.prompt}${item.written}`;
      default: return item.sentence;
    }
  }

  private table(): Table {
    const { item, data: { words, options } } = this, title = options.title ?? item?.title ?? "";
    const shown = (values: any, i: number) => formatNumber(values.data[i]);
    if (item?.type === "Predictions") {
      const name = (index: number | null) => (index === null ? "" : item.class_names?.[index] ?? String(index));
      return { title, columns: [words.predicted!, words.probability!, words.truth!],
               rows: item.entries.map((entry: Item) => [name(winner(entry)), shown(entry.probabilities, winner(entry)), name(entry.target)]) };
    }
    if (item?.type === "FittedLine") {
      return { title, columns: [item.samples.x_axis, item.samples.y_axis], rows: [...item.line.x.data].map((_: number, i: number) => [shown(item.line.x, i), shown(item.line.y, i)]) };
    }
    if (item?.type !== "Field2D") return { title, columns: [], rows: [] };
    const { values, x, y, samples } = item, [, width, classes = 1] = values.shape, name = (k: number) => samples.class_names?.[k] ?? String(k);
    const columns = Array.from({ length: classes }, (_, k) => name(classes === 1 ? 1 : k));
    const rows = Array.from({ length: values.data.length / classes }, (_, i) => [shown(x, i % width), shown(y, Math.floor(i / width)),
      ...columns.map((_, k) => shown(values, i * classes + k))]);
    return { title, columns: [samples.x_axis, samples.y_axis, ...columns], rows };
  }
}

function lineSigns({ line }: Item, { look, words }: LiveData): Sign[] {
  return [{ name: words.samples!, color: look.samples, kind: "dot" }, { name: line.name, color: look.accent, kind: "bar" }];
}

function lineFrame({ samples, line }: Item) {
  const range = (...all: ArrayLike<number>[]): [number, number] => {
    const good = all.flatMap((values) => [...Array.from(values)]).filter(Number.isFinite);
    const [low, high] = good.length ? [Math.min(...good), Math.max(...good)] : [0, 1], pad = 0.05 * (high - low) || 1;
    return [low - pad, high + pad];
  };
  return { x: range(samples.x.data, line.x.data), y: range(samples.y.data, line.y.data), xName: samples.x_axis, yName: samples.y_axis, square: false };
}

export const makeView: MakePart = (host, data, trigger) => new ViewPart(host, data, trigger);
