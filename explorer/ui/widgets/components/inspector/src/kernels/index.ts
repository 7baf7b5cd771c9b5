// Kernels: a node's weights as rows of outputs and columns of inputs, all of them reachable, each to be changed by hand.

import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { Head } from "../operation/head";
import { makePaper } from "../operation/paper";
import type { Answer } from "../question";
import { download, paint, save } from "../scene";
import type { Store } from "../store";
import { BIAS, columnsOf, type Kernels, ownRow, type Place, rowsOf } from "./contract";
import { Chosen } from "./chosen";
import { Controls } from "./controls";
import { canRedo, canUndo, historyKey, redo, undo } from "./edits";
import { applyTo, applyToRow, resetNode, writeWeight } from "./hand";
import { lay, type Layout, type Spot, spotAt, stepX, stepY } from "./layout";
import { layerLimit, limitFor } from "./numbers";
import { draw } from "./picture";
import { PRESETS } from "./presets";
import { scaleLine, spotLine } from "./said";

const SCROLLED_MS = 80, MARGIN = 8;

export const makeKernels: MakePart = (host, data, _trigger, store) => new KernelsPart(host, data, store);

class KernelsPart implements Part {
  private readonly head: Head;
  private readonly controls: Controls;
  private readonly chosen: Chosen;
  private readonly scroller = make("div", "kernels-scroller");
  private readonly room = make("div", "kernels-room");
  private readonly canvas = make("canvas", "kernels-canvas");
  private readonly note = make("p", "path-note");
  private readonly line = make("p", "path-line");
  private readonly spoken = make("p", "path-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unwatch: () => void;
  private unfollow: () => void = () => {};
  private page: Kernels | null = null;
  private layout: Layout | null = null;
  private pick = { row: 0, column: 0, at: 0 };  // the row by its own place in the table
  private pointed: Spot | null = null;
  private first = { row: 0, column: 0 };        // of the page that is asked for
  private like = 0;
  private fixed = 1;
  private waiting = 0;
  private scrolling = 0;
  private painted = 0;  // times, for who waits for one

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.head = new Head(data, store, (format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)));
    this.controls = new Controls(data, { table: "", sort: "own", show: "weights", scale: "layer" }, (name) => this.chose(name));
    this.chosen = new Chosen(data, {
      write: (place, at, value, continues) => this.write(place, at, value, continues), apply: (preset, ofRow) => void this.apply(preset, ofRow),
      choose: (place, at) => this.choose({ row: place.row + this.page!.first[0], column: place.column === BIAS ? BIAS : place.column + this.page!.first[1], at }),
      undo: () => undo(store), redo: () => redo(store), reset: () => resetNode(store, this.page!.node),
    });
    const body = make("div", "kernels-body");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.scroller.append(this.canvas, this.room);
    body.append(this.scroller, this.chosen.element);
    host.append(this.head.element, this.controls.element, this.note, body, this.line, this.spoken);
    this.observer.observe(this.scroller);
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => { this.point(event); this.canvas.focus(); if (this.pointed) this.choose(this.pointed); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("keydown", (event) => historyKey(event, store));
    this.unwatch = store.watch((look, changed) => this.changed(look, changed));
    this.update(data);
    setText(this.note, data.words.waiting!);
    this.follow();
  }

  // A node without weights has those of the one in front of it.
  private get node(): string {
    const { nodes, stand_ins } = this.data.options, { node } = this.store.look;
    return nodes.some(({ address }: { address: string }) => address === node) ? node : stand_ins[node] ?? nodes[0]?.address ?? "";
  }

  private follow(): void {
    this.unfollow();
    this.unfollow = this.store.follow(this.data.probe, () => this.asked(), (answer, look) => this.answered(answer, look), () => this.tell(this.data.words.failed!));
  }

  private asked(): object | null {
    const { node } = this, { table, sort, show } = this.controls.choices, isOther = this.page && this.page.node !== node;
    if (!node) return null;
    if (isOther) [this.first, this.like] = [{ row: 0, column: 0 }, 0];
    return { node, ...(isOther ? {} : { table }), ...this.first, sort, like: sort === "similarity" ? this.like : 0, initial: show === "change" };
  }

  private answered({ results, sentence }: Answer, look: Look): void {
    const found = results.find(({ type }) => type === "Kernels") as Kernels | undefined;
    setText(this.note, sentence);
    this.note.hidden = Boolean(found);
    this.scroller.parentElement!.hidden = this.line.hidden = !found;
    if (!found) return this.head.show(this.node, "");
    if (look.edits !== this.store.look.edits && this.page?.table === found.table) return;  // a newer one is on its way
    this.show(found);
  }

  private tell(sentence: string): void {
    if (!this.page) setText(this.note, sentence);
    setText(this.line, sentence);
  }

  private show(page: Kernels): void {
    const isOther = page.table !== this.page?.table;
    this.page = page;
    if (isOther) {
      this.pick = { row: this.channel() ?? ownRow(page, 0), column: page.first[1], at: 0 };
      this.pointed = null;
      this.scroller.scrollTo(0, 0);
    }
    const { words } = this.data, [rows, columns, high, wide] = page.size;
    const counted = fill(high * wide === 1 ? words.weights_of! : words.kernels_of!, { rows, columns, size: `${high}×${wide}` });
    this.head.show(page.node, [page.block, counted, page.is_frozen ? words.frozen! : "", page.note ?? ""].filter(Boolean).join(" · "));
    this.controls.show(page, words);
    this.canvas.setAttribute("aria-label", fill(words.canvas!, { table: page.table, rows, columns }));
    this.paint();
    if (isOther && this.pick.row) this.bringIntoView();
  }

  // The row that the look's unit is of.
  private channel(): number | null {
    const { page } = this, { unit, node } = this.store.look;
    return page?.is_channel && unit?.length && node === page.node && unit[0]! < page.size[0] ? unit[0]! : null;
  }

  private changed(look: Look, changed: string[]): void {
    if (changed.includes("unit") || changed.includes("node")) {
      const row = this.channel();
      if (row !== null && row !== this.pick.row && look.node === this.page?.node) this.pick = { ...this.pick, row };
    }
    this.paintSoon();
  }

  private chose(name: string): void {
    if (name === "scale" && this.page) this.fixed = layerLimit(this.page, this.controls.choices.show) || 1;
    if (name === "sort") this.like = this.pick.row;
    if (name === "sort" || name === "table") {
      this.first = { row: 0, column: 0 };
      this.scroller.scrollTo(0, 0);
    }
    this.paintSoon();
    this.follow();
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  // The place in the page of the chosen kernel; null where the page has not got it.
  private get place(): Place | null {
    const { page, pick } = this, row = page ? page.order.data.indexOf(pick.row) : -1, column = pick.column === BIAS ? BIAS : pick.column - (page?.first[1] ?? 0);
    return page && row >= 0 && column < columnsOf(page) && column >= BIAS && (column >= 0 || pick.column === BIAS) ? { row, column } : null;
  }

  private scene(width: number, height: number, scroll: { x: number; y: number }) {
    const { page, layout, place, pick } = this, { show, scale } = this.controls.choices, { words } = this.data;
    return draw({
      page: page!, layout: layout!, paper: makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), show, scale, fixed: this.fixed, pointed: this.pointed,
      chosen: place && { row: place.row + page!.first[0], column: pick.column, at: pick.at }, edits: this.store.look.edits,
      rowTitle: words[`axis_${page!.axes[0]}`] ?? "", columnTitle: words[`axis_${page!.axes[1]}`] ?? "", biasTitle: page!.axes[1] === "scale" ? words.shift! : words.bias!,
    }, scroll, width, height);
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const width = this.scroller.clientWidth, height = this.scroller.clientHeight, ratio = devicePixelRatio, { page } = this;
    if (!page || !width) return;
    const { show, scale } = this.controls.choices;
    this.layout = lay(page, width, height, show === "frequency");
    this.room.style.width = `${this.layout.width}px`;
    this.room.style.height = `${this.layout.height - height}px`;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    [this.canvas.style.width, this.canvas.style.height] = [`${width}px`, `${height}px`];
    const ctx = this.canvas.getContext("2d")!, { place } = this;
    ctx.scale(ratio, ratio);
    paint(ctx, this.scene(width, height, { x: this.scroller.scrollLeft, y: this.scroller.scrollTop }));
    this.canvas.dataset.painted = String(++this.painted);
    this.chosen.show(page, place, this.pick.at, limitFor(page, "weights", scale === "fixed" ? "layer" : scale, this.fixed)(Math.max(0, place?.row ?? 0)), !canUndo(this.store), !canRedo(this.store));
    setText(this.line, this.saying(this.pointed) || scaleLine(page, this.setting(), place?.row ?? 0));
  }

  private saying(spot: Spot | null): string {
    return this.page && spot ? spotLine(this.page, this.setting(), spot) : "";
  }

  private setting() {
    return { ...this.controls.choices, fixed: this.fixed, words: this.data.words };
  }

  private point(event: MouseEvent | null): void {
    const box = this.canvas.getBoundingClientRect(), { page, layout } = this;
    this.pointed = event && page && layout ? spotAt(layout, page, event.clientX - box.left, event.clientY - box.top, { x: this.scroller.scrollLeft, y: this.scroller.scrollTop }) : null;
    this.canvas.style.cursor = this.pointed ? "pointer" : "default";
    this.paintSoon();
  }

  // A page follows where there is one to be seen that is not at hand.
  private scrolled(): void {
    this.paintSoon();
    clearTimeout(this.scrolling);
    this.scrolling = window.setTimeout(() => {
      const { page, layout } = this;
      if (!page || !layout) return;
      const row = Math.floor(this.scroller.scrollTop / stepY(layout)), column = Math.floor(this.scroller.scrollLeft / stepX(layout));
      const lastRow = Math.min(page.size[0], row + Math.ceil(this.scroller.clientHeight / stepY(layout))), lastColumn = Math.min(page.size[1], column + Math.ceil(this.scroller.clientWidth / stepX(layout)));
      const [top, left] = page.first;
      if (row >= top && column >= left && lastRow <= top + rowsOf(page) && lastColumn <= left + columnsOf(page)) return;
      this.first = { row: Math.max(0, row - Math.min(MARGIN, rowsOf(page) >> 2)), column: Math.max(0, column - Math.min(MARGIN, columnsOf(page) >> 2)) };
      this.follow();
    }, SCROLLED_MS);
  }

  private choose({ row, column, at }: Spot): void {
    const page = this.page!, own = page.order.data[row - page.first[0]];
    if (own === undefined) return;
    this.pick = { row: own, column, at };
    const { look } = this.store, unit = look.node === page.node && look.unit ? [own, ...look.unit.slice(1)] : [own];
    this.store.set({ node: page.node, ...(page.is_channel ? { unit } : look.node === page.node ? {} : { unit: null }) });
    setText(this.spoken, this.saying({ row, column, at }));
    this.paintSoon();
  }

  private bringIntoView(): void {
    const { layout, place, page } = this;
    if (!layout || !page) return;
    const row = place ? place.row + page.first[0] : this.controls.choices.sort === "own" ? this.pick.row : 0, column = Math.max(0, this.pick.column);
    const into = (at: number, size: number, from: number, room: number) => (at < from ? at : at + size > from + room ? at + size - room : from);
    this.scroller.scrollTo(into(column * stepX(layout), stepX(layout), this.scroller.scrollLeft, this.scroller.clientWidth - layout.left),
                           into(row * stepY(layout), stepY(layout), this.scroller.scrollTop, this.scroller.clientHeight - layout.top));
  }

  private key(event: KeyboardEvent): void {
    const { page, place, pick } = this, moves: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-8, 0], PageDown: [8, 0] };
    if (!page || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moves[event.key];
    if (!move && event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (!move) return this.store.open(event.key === "Enter" ? "operation" : "overview");
    if (!place) return;
    const least = page.bias.data.length ? BIAS : 0;
    const row = Math.max(0, Math.min(rowsOf(page) - 1, place.row + move[0])), column = Math.max(least, Math.min(page.size[1] - 1, pick.column + move[1]));
    this.choose({ row: row + page.first[0], column, at: pick.at });
    this.bringIntoView();
  }

  private write(place: Place, at: number, value: number, continues: boolean): void {
    this.page = writeWeight(this.store, this.page!, place, at, value, continues);
    this.paintSoon();
  }

  private async apply(name: string, ofRow: boolean): Promise<void> {
    const { page, place } = this, { words } = this.data;
    if (!page || !place) return;
    try {
      const newer = ofRow && place.column !== BIAS ? await applyToRow(this.store, this.data.probe, page, place.row, PRESETS[name]!) : applyTo(this.store, page, place, PRESETS[name]!);
      if (newer) this.page = newer;
      this.paint();
      if (!newer) setText(this.line, words.not_finite!);
    } catch {
      setText(this.line, words.failed!);
    }
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.page || !this.layout) return;
    const name = this.page.table.replaceAll(" ", "-");
    if (format !== "npz") return save(this.scene(this.scroller.clientWidth, this.scroller.clientHeight, { x: this.scroller.scrollLeft, y: this.scroller.scrollTop }), format, name);
    const { bytes } = await this.store.ask(this.data.probe, this.asked() ?? {}, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.head.update(data);
    this.controls.update(data);
    this.chosen.update(data);
    if (this.page) this.controls.show(this.page, data.words);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    clearTimeout(this.scrolling);
    this.unfollow();
    this.unwatch();
  }
}
