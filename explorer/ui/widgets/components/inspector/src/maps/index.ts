// Maps of a network's layers: their outputs, or gradients with respect to them. All of them as small tiles, one of them large.

import type { Look, MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { makePaper } from "../operation/paper";
import { download, paintOn, save } from "../scene";
import type { Store } from "../store";
import { type MapGrid, type Place, placeOf, sizeOf, strongest, unitAt, valueAt } from "./contract";
import { drawLarge, type Large } from "./large";
import { isMore, lay, type Layout, neighbor, type Spot, spotAt, tileBox } from "./layout";
import { draw } from "./picture";
import { ALL, Tools } from "./tools";

const FIRST = 32, PAGE = 64, GUTTER = 6;

export const makeMaps: MakePart = (host, data, _trigger, store) => new MapsPart(host, data, store);

class MapsPart implements Part {
  private readonly tools: Tools;
  private readonly more = button("", "", () => this.showMore(this.grids[0]!));  // of one layer's maps, for keys as well
  private readonly body = make("div", "maps-body");
  private readonly list = make("div", "maps-list");
  private readonly room = make("div", "maps-room");
  private readonly canvas = make("canvas", "maps-canvas");
  private readonly side = make("div", "maps-side");
  private readonly large = make("canvas", "maps-large");
  private readonly hint = make("p", "maps-hint");
  private readonly operation = button("", "", () => this.store.open("operation"));
  private readonly unit = button("", "", () => this.store.open("unit"));
  private readonly note = make("p", "maps-note");
  private readonly line = make("p", "inspector-line");
  private readonly spoken = make("p", "inspector-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly stops: (() => void)[];
  private grids: MapGrid[] = [];
  private known: { inside: string; run: string; nodes: string[] } = { inside: "", run: "", nodes: [] };
  private shown = PAGE;
  private layout: Layout | null = null;
  private pointed: Spot | null = null;
  private drawn: Large | null = null;
  private isNew = true;      // layers that were not seen before: the chosen map is to be seen
  private waiting = 0;
  private unfollow = (): void => {};

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.tools = new Tools(data, () => this.refollow(), (format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)));
    this.tools.element.insertBefore(this.more, this.tools.element.children[1]!);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.list.append(this.canvas, this.room);
    const ways = make("div", "maps-ways");
    ways.append(this.operation, this.unit);
    this.side.append(this.large, this.hint, ways);
    this.body.append(this.list, this.side);
    host.append(this.tools.element, this.note, this.body, this.line, this.spoken);
    for (const element of [this.list, this.side]) this.observer.observe(element);
    this.list.addEventListener("scroll", () => this.paintSoon());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.large.addEventListener("click", (event) => this.clickLarge(event));
    this.update(data);
    this.tell(data.words.waiting!);
    this.refollow();
    this.stops = [store.watch((_look, changed) => { if (changed.includes("unit") || changed.includes("node")) this.settle(); })];
  }

  // ---- what is asked for

  private refollow(): void {
    this.unfollow();
    this.shown = PAGE;
    this.list.scrollTop = 0;
    this.isNew = true;
    this.unfollow = this.store.follow(this.data.probe, () => this.asked(), ({ results, sentence }, look) => this.receive(results as unknown as MapGrid[], sentence, look),
      () => this.tell(this.data.words.failed!));
  }

  private asked(): object {
    const { node, samples, mean } = this.tools.chosen, { inside, run, of } = this.store.look;
    const isHere = inside === this.known.inside && run === this.known.run;
    if (node !== ALL && !isHere) queueMicrotask(() => this.tools.choose({ node: ALL }));  // the layers of another block
    return { ...(node !== ALL && isHere ? { node } : { most: FIRST }), ...(this.data.options.gradients ? { of, samples, mean } : {}) };
  }

  private receive(grids: MapGrid[], sentence: string, { run, inside }: Look): void {
    const { node } = this.tools.chosen;
    if (run !== this.known.run || inside !== this.known.inside) this.isNew = true;
    if (!grids.length) {
      this.grids = [];
      return this.tell(sentence);
    }
    this.grids = grids;
    if (node === ALL) this.known = { run, inside, nodes: grids.map(({ title }) => title) };
    this.tools.offer(this.known.nodes, this.data.words.all!);
    this.tell("");
    this.pointed = null;
    this.settle();
  }

  // A sentence in the maps' place; none where they are.
  private tell(sentence: string): void {
    setText(this.note, sentence);
    this.note.hidden = !sentence;
    this.body.classList.toggle("empty", Boolean(sentence) && !this.grids.length);
    this.paintSoon();
  }

  // ---- what is chosen

  private chosen(): { grid: MapGrid; place: Place } | null {
    const { node, unit } = this.store.look, grid = this.grids.find(({ title }) => title === node);
    const place = grid && unit ? placeOf(grid, unit) : null;
    return grid && place ? { grid, place } : null;
  }

  private choose(grid: MapGrid, place: Place): void {
    this.store.set({ node: grid.title, unit: unitAt(grid, place) });
  }

  private settle(): void {
    const chosen = this.chosen();
    setText(this.spoken, chosen ? this.saying(chosen.grid, chosen.place) : "");
    this.paintSoon();
  }

  private saying(grid: MapGrid, place: Place): string {
    return fill(this.data.words.value!, { node: grid.title, unit: unitAt(grid, place).join(", "), value: formatNumber(valueAt(grid, place)) });
  }

  // ---- the picture

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private paper() {
    return makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily);
  }

  private wording() {
    return { words: this.data.words, titles: this.data.options.titles ?? {} };
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const width = this.list.clientWidth - GUTTER, height = this.list.clientHeight;
    if (width <= 0) return;
    const chosen = this.chosen(), shown = this.tools.chosen.node === ALL ? FIRST : this.shown;
    this.layout = lay(this.grids, shown, width, this.data.look.scale);
    this.room.style.height = `${Math.max(0, this.layout.height - height)}px`;
    if (this.isNew && this.grids.length) this.reveal(chosen);
    const marks = { pointed: this.pointed, chosen: chosen && { title: chosen.grid.title, place: chosen.place } };
    paintOn(this.canvas, draw(this.layout, this.paper(), this.wording(), marks, this.list.scrollTop, width, height));
    this.paintLarge(chosen);
    this.offerMore();
    setText(this.line, this.pointed ? this.saying(this.pointed.band.grid, this.pointed.place) : this.data.words.hint!);
    this.canvas.setAttribute("aria-label", fill(this.data.words.canvas!, { count: this.grids.length }));
  }

  private reveal(chosen: { grid: MapGrid; place: Place } | null): void {
    const band = this.layout!.bands.find(({ grid }) => grid === chosen?.grid);
    this.isNew = false;
    if (band) this.list.scrollTop = band.top;
  }

  private paintLarge(chosen: { grid: MapGrid; place: Place } | null): void {
    const at = this.pointed ? { grid: this.pointed.band.grid, place: this.pointed.place } : chosen, width = this.side.clientWidth;
    this.hint.hidden = Boolean(at);
    this.large.hidden = !at;
    this.operation.disabled = this.unit.disabled = !chosen;
    this.drawn = at && width ? drawLarge(at.grid, at.place, this.paper(), this.wording(), width, this.side.clientHeight - 44) : null;
    if (this.drawn) paintOn(this.large, this.drawn.scene);
  }

  // ---- pointer and keys

  private spot(event: MouseEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top + this.list.scrollTop];
  }

  private point(event: MouseEvent | null): void {
    const at = event && this.spot(event);
    this.pointed = at && this.layout ? spotAt(this.layout, ...at) : null;
    this.canvas.style.cursor = this.pointed || (at && this.layout && isMore(this.layout, at[1])) ? "pointer" : "default";
    this.paintSoon();
  }

  private click(event: MouseEvent): void {
    const at = this.spot(event), more = this.layout && isMore(this.layout, at[1]);
    if (more) return this.showMore(more.grid);
    this.point(event);
    if (this.pointed) this.choose(this.pointed.band.grid, this.pointed.place);
  }

  // Of all layers one: its maps come whole, a page at a time.
  private showMore(grid: MapGrid): void {
    if (this.tools.chosen.node === ALL) return this.tools.choose({ node: grid.title });
    this.shown += PAGE;
    this.paintSoon();
  }

  private offerMore(): void {
    const band = this.layout!.bands[0], isOne = this.tools.chosen.node !== ALL;
    this.more.hidden = !isOne || !band?.more;
    if (!this.more.hidden) setText(this.more, fill(this.data.words.more!, { shown: band!.count, total: band!.count + band!.more!.left }));
    this.more.removeAttribute("aria-label");
  }

  private clickLarge(event: MouseEvent): void {
    const chosen = this.chosen(), map = this.drawn?.map, box = this.large.getBoundingClientRect();
    if (!chosen || !map) return;
    const [, rows, columns] = sizeOf(chosen.grid), row = Math.floor(((event.clientY - box.top - map.y) / map.height) * rows), column = Math.floor(((event.clientX - box.left - map.x) / map.width) * columns);
    if (row >= 0 && row < rows && column >= 0 && column < columns) this.choose(chosen.grid, { ...chosen.place, row, column });
  }

  private key(event: KeyboardEvent): void {
    if (!this.layout?.bands.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key];
    if (!move && event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") return this.store.set({ unit: null });
    const chosen = this.chosen(), band = this.layout.bands.find(({ grid }) => grid === chosen?.grid);
    if (event.key === "Enter") return chosen ? this.store.open("operation") : undefined;
    const to = band && chosen ? neighbor(this.layout, band, chosen.place.map, ...move!) : { band: this.layout.bands[0]!, map: 0 };
    this.choose(to.band.grid, strongest(to.band.grid, to.map));
    const box = tileBox(to.band, to.map), { scrollTop, clientHeight } = this.list;
    if (box.y < scrollTop || box.y + box.height > scrollTop + clientHeight) this.list.scrollTop = to.map ? box.y - 40 : to.band.top;
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.layout || !this.grids.length) return;
    const { words } = this.data, name = [words.file, this.tools.chosen.node].filter(Boolean).join(" "), width = this.list.clientWidth - GUTTER;
    if (format !== "npz") return save(draw(this.layout, this.paper(), this.wording(), { pointed: null, chosen: null }, 0, width, this.layout.height), format, name);
    const { bytes } = await this.store.ask(this.data.probe, { ...this.asked(), most: 0 }, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.tools.update(data);
    const { words } = data;
    for (const [element, name, help] of [[this.operation, words.operation, words.to_operation], [this.unit, words.unit, words.to_unit]] as const) {
      element.textContent = name!;
      element.title = help!;
      element.setAttribute("aria-label", help!);
    }
    setText(this.hint, words.choose!);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unfollow();
    for (const stop of this.stops) stop();
  }
}
