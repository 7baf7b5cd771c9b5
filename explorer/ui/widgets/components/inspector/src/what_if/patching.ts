// Patching: values of a node taken from another input or network; what each place, channel and unit changes of the answer.

import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import { drawLarge } from "../maps/large";
import { draw } from "../maps/picture";
import { lay, type Layout, type Spot, spotAt } from "../maps/layout";
import { type MapGrid, type Place, valueAt } from "../maps/contract";
import { makePaper } from "../operation/paper";
import { paintOn } from "../scene";
import type { Answer } from "../question";
import type { Store } from "../store";
import { type Bands, bandsOf, placeOn, unitOn } from "./bands";

interface Bars { values: Tensor }

// As explorer/results/what_if_results.py has it.
export interface Patching {
  node: string; what: string; before: number; source: number; everything: number; answers: [string, string];
  parts: Bars | null; places: { values: Tensor } | null; units: MapGrid | null; note: string | null;
}

type From = "sample" | "second" | "beside";

const GUTTER = 6, MOST_MAPS = 256;

export const makePatching: MakePart = (host, data, _trigger, store) => new PatchingPart(host, data, store);

class PatchingPart implements Part {
  private readonly node = make("select", "of-select");
  private readonly from = make("select", "of-select");
  private readonly sample = make("input", "what-if-at");
  private readonly of = make("select", "of-select");
  private readonly labels = [this.node, this.from, this.sample, this.of].map((control) => {
    const label = make("label", "of-label"), name = make("span");
    label.append(name, control);
    return { label, name, control };
  });
  private readonly said = make("p", "what-if-said");
  private readonly body = make("div", "patching-body");
  private readonly list = make("div", "patching-list");
  private readonly canvas = make("canvas", "patching-canvas");
  private readonly side = make("div", "patching-side");
  private readonly large = make("canvas");
  private readonly line = make("p", "inspector-line");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly stops: (() => void)[];
  private found: Patching | null = null;
  private bands: Bands | null = null;
  private layout: Layout | null = null;
  private pointed: Spot | null = null;
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    const head = make("div", "what-if-head");
    head.append(...this.labels.map(({ label }) => label));
    this.sample.type = "number";
    this.sample.min = "0";
    this.sample.value = String((store.look.input.sample ?? -1) + 1);
    this.said.setAttribute("aria-live", "polite");
    this.canvas.setAttribute("role", "img");
    this.list.append(this.canvas);
    this.side.append(this.large);
    this.body.append(this.list, this.side);
    host.append(head, this.said, this.body, this.line);
    for (const element of [this.list, this.side]) this.observer.observe(element);
    this.node.addEventListener("change", () => this.store.set({ node: this.node.value, unit: null }));
    this.of.addEventListener("change", () => this.store.set({ of: this.of.value }));
    this.from.addEventListener("change", () => { this.dressHead(); this.refollow(); });
    this.sample.addEventListener("change", () => this.refollow());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => { this.point(event); this.choose(); });
    this.update(data);
    setText(this.said, data.words.waiting!);
    this.stops = [store.watch((_look, changed) => {
      if (["against", "beside", "node", "of"].some((key) => changed.includes(key as keyof Look))) this.dressHead();
      if (changed.includes("unit")) this.paintSoon();
    })];
    this.refollow();
  }

  private unfollow = (): void => {};

  private refollow(): void {
    this.unfollow();
    this.unfollow = this.store.follow(this.data.probe, () => this.asked(), (answer) => this.show(answer), () => setText(this.said, this.data.words.failed!),
      (look) => this.about(look));
  }

  private asked(): object {
    const { node, of } = this.store.look, sample = Math.max(0, Math.round(Number(this.sample.value) || 0));
    return { ...(this.isKnown(node) ? { node } : {}), of, ...(this.from.value === "sample" ? { sample } : {}) };
  }

  private about(look: Look): Look {
    const first: Look = { ...look, shown: "first" };
    switch (this.from.value as From) {
      case "second": return look.against ? { ...look, shown: "difference" } : first;
      case "beside": return look.beside ? { ...first, source: look.beside } : first;
      default: return first;
    }
  }

  private isKnown(node: string): boolean {
    return (this.data.options.nodes as { address: string }[]).some(({ address }) => address === node);
  }

  private show({ results, sentence }: Answer): void {
    this.found = (results[0] as unknown as Patching | undefined) ?? null;
    this.bands = this.found ? bandsOf(this.found, this.data.words) : null;
    this.body.hidden = !this.bands?.grids.length;
    setText(this.said, this.found ? this.verdict(this.found) : sentence);
    this.pointed = null;
    this.dressHead();
    this.paintSoon();
  }

  private verdict({ node, what, before, source, everything, answers, note }: Patching): string {
    const [here, there, all] = [before, source, everything].map((value) => formatNumber(value));
    return [fill(this.data.words.verdict!, { node, what: what.charAt(0).toUpperCase() + what.slice(1), here: here!, there: there!, all: all!, answer: answers[0], other: answers[1] }), note].filter(Boolean).join(" ");
  }

  // ---- the picture

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    this.waiting = 0;
    const width = this.list.clientWidth - GUTTER, { bands } = this;
    if (!bands?.grids.length || width <= 0) return;
    const paper = makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), wording = { words: this.data.words, titles: {} };
    this.layout = lay(bands.grids, MOST_MAPS, width, this.data.look.scale);
    const chosen = this.chosen();
    const marks = { pointed: this.pointed, chosen: chosen && { title: chosen.grid.title, place: chosen.place } };
    paintOn(this.canvas, draw(this.layout, paper, wording, marks, 0, width, this.layout.height));
    this.canvas.setAttribute("aria-label", fill(this.data.words.canvas!, { node: this.found!.node }));
    const at = this.pointed ? { grid: this.pointed.band.grid, place: this.pointed.place } : chosen ?? { grid: bands.grids[0]!, place: { map: 0, row: 0, column: 0 } };
    paintOn(this.large, drawLarge(at.grid, at.place, paper, wording, this.side.clientWidth, this.side.clientHeight).scene);
    setText(this.line, this.pointed ? this.reading(at.grid, at.place) : this.data.words.hint!);
  }

  private reading(grid: MapGrid, place: Place): string {
    return fill(this.data.words.change!, { title: grid.title, place: placeOn(grid, place).join(", "), value: formatNumber(valueAt(grid, place)) });
  }

  private chosen(): { grid: MapGrid; place: Place } | null {
    const { node, unit } = this.store.look;
    return this.bands && this.found?.node === node && unit ? unitOn(this.bands, unit) : null;
  }

  private point(event: MouseEvent | null): void {
    const box = this.canvas.getBoundingClientRect();
    this.pointed = event && this.layout ? spotAt(this.layout, event.clientX - box.left, event.clientY - box.top) : null;
    this.paintSoon();
  }

  private choose(): void {
    if (!this.pointed || !this.bands || !this.found) return;
    const unit = this.bands.unitAt(this.pointed.band.grid, this.pointed.place);
    this.store.set({ node: this.found.node, unit });
  }

  // ---- the head

  private dressHead(): void {
    const { words, options } = this.data, { node, of, against, beside } = this.store.look, froms: From[] = ["sample", ...(against ? ["second" as const] : []), ...(beside ? ["beside" as const] : [])];
    const chosen = froms.includes(this.from.value as From) ? this.from.value : "sample", wasChosen = this.from.value;
    this.from.replaceChildren(...froms.map((name) => new Option(words[`from_${name}`]!, name)));
    this.from.value = chosen;
    this.node.value = this.isKnown(node) ? node : this.found?.node ?? "";
    const classes = options.classes as string[], known = of === "" || of === "loss" || Number(of) < classes.length;
    this.of.replaceChildren(new Option(words.of_answers!, ""), ...classes.map((name, place) => new Option(name, String(place))), new Option(words.of_loss!, "loss"), ...(known ? [] : [new Option(of, of)]));
    this.of.value = of;
    this.labels[2]!.label.hidden = chosen !== "sample";
    if (wasChosen && wasChosen !== chosen) this.refollow();
  }

  update(data: PartData): void {
    this.data = data;
    const { words, options } = data;
    [words.node, words.from, words.sample, words.of].forEach((name, n) => {
      setText(this.labels[n]!.name, name!);
      this.labels[n]!.control.setAttribute("aria-label", name!);
    });
    this.node.replaceChildren(...(options.nodes as { address: string; title: string }[]).map(({ address, title }) => new Option(title, address)));
    this.dressHead();
    if (this.found) this.bands = bandsOf(this.found, words);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unfollow();
    for (const stop of this.stops) stop();
  }
}
