// The path of a unit: the maps from the input to it, each with the window that it depends on.

import type { Look, MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { Head } from "../operation/head";
import { makePaper } from "../operation/paper";
import { download, paint, save } from "../scene";
import type { Store } from "../store";
import { type UnitPath, unitAt } from "./contract";
import { type Cell, cellAt, lay, type Layout } from "./layout";
import { draw } from "./picture";

export const makePath: MakePart = (host, data, _trigger, store) => new PathPart(host, data, store);

class PathPart implements Part {
  private readonly head: Head;
  private readonly arithmetic = button("", "", () => this.store.open("operation"));
  private readonly body = make("div", "path-body");
  private readonly room = make("div", "path-room");
  private readonly canvas = make("canvas", "path-canvas");
  private readonly note = make("p", "path-note");
  private readonly nearest = button("", "", () => this.goToNearest());
  private readonly line = make("p", "path-line");
  private readonly spoken = make("p", "path-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unfollow: () => void;
  private path: UnitPath | null = null;
  private layout: Layout | null = null;
  private pointed: Cell | null = null;
  private waiting = 0;
  private wanted: number[] = [];  // the unit nearest to one that is not there

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.head = new Head(data, store, (format) => void this.save(format).catch(() => this.tell(this.data.words.unsaved!)));
    this.head.element.append(this.arithmetic);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.body.append(this.canvas, this.room);
    host.append(this.head.element, this.note, this.nearest, this.body, this.line, this.spoken);
    this.observer.observe(this.body);
    this.body.addEventListener("scroll", () => this.paintSoon());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => { this.point(event); this.go(); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.update(data);
    setText(this.note, data.words.waiting!);
    this.nearest.classList.add("path-nearest");
    this.nearest.hidden = true;
    this.unfollow = this.store.follow(data.probe, () => this.asked(), ({ kind, results, sentence }, look) => {
      const found = results.find(({ type }) => type === "UnitPath") as UnitPath | undefined;
      setText(this.note, sentence);
      this.note.hidden = Boolean(found);
      this.body.hidden = this.line.hidden = !found;
      this.nearest.hidden = true;
      if (found) this.show(found);
      else this.head.show(look.node, "");
      if (kind === "problem" && look.unit) void this.offerNearest(look).catch(() => {});
    }, () => this.tell(this.data.words.failed!));
  }

  private asked(): object | null {
    const { node, unit } = this.store.look;
    return node ? { node, ...(unit ? { unit } : {}) } : null;
  }

  // What goes wrong is told in place of the picture, or below the one that is there.
  private tell(sentence: string): void {
    setText(this.path && !this.body.hidden ? this.line : this.note, sentence);
  }

  // Where a node has no such unit: its strongest one has the shape from which the nearest is found.
  private async offerNearest({ node, unit }: Look): Promise<void> {
    const { results } = await this.store.ask(this.data.probe, { node }), found = results[0] as UnitPath | undefined;
    if (!found || this.store.look.node !== node || this.store.look.unit !== unit) return;
    const { shape } = found.stages[found.stages.length - 1]!;
    this.wanted = shape.map((size, axis) => Math.min(size - 1, Math.max(0, unit![axis] ?? found.unit[axis]!)));
    if (String(this.wanted) === String(unit)) return;
    this.nearest.textContent = fill(this.data.words.nearest!, { unit: this.wanted.join(", ") });
    this.nearest.setAttribute("aria-label", this.nearest.textContent);
    this.nearest.hidden = false;
  }

  private goToNearest(): void {
    this.store.set({ unit: this.wanted });
  }

  private show(path: UnitPath): void {
    const last = path.stages[path.stages.length - 1]!, isNew = this.path?.node !== path.node;
    this.path = path;
    this.pointed = null;
    this.head.show(path.node, [last.block, last.shape.join("×")].filter(Boolean).join(" · "));
    setText(this.spoken, path.sentence);
    this.canvas.setAttribute("aria-label", fill(this.data.words.canvas!, { unit: path.unit.join(", "), node: path.node, count: path.stages.length }));
    this.paint();
    if (isNew) this.body.scrollLeft = this.body.scrollWidth;
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private scene(left: number, width: number) {
    return draw(this.path!, this.layout!, makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), this.data.words, this.pointed, left, width);
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const width = this.body.clientWidth, height = this.body.clientHeight, ratio = devicePixelRatio;
    if (!this.path || !width) return;
    this.layout = lay(this.path, width, height);
    this.room.style.width = `${this.layout.width}px`;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const ctx = this.canvas.getContext("2d")!;
    ctx.scale(ratio, ratio);
    paint(ctx, this.scene(this.body.scrollLeft, width));
    setText(this.line, this.pointed ? this.saying(this.pointed) : this.path.sentence || this.data.words.hint!);
  }

  private saying({ column: { stage }, row, at }: Cell): string {
    const { words } = this.data, value = stage.maps.data[row * stage.maps.shape[2]! + at]!, name = stage.labels[at * stage.every[1]];
    const values = { node: stage.node, unit: unitAt(stage, row, at).join(", "), value: formatNumber(value), name: name ?? "" };
    return fill(name === undefined || stage.shape.length > 2 ? words.value! : words.named_value!, values);
  }

  private point(event: MouseEvent | null): void {
    const box = this.canvas.getBoundingClientRect();
    this.pointed = event && this.layout ? cellAt(this.layout, event.clientX - box.left + this.body.scrollLeft, event.clientY - box.top) : null;
    this.canvas.style.cursor = this.pointed ? "pointer" : "default";
    this.paintSoon();
  }

  private go(): void {
    if (!this.pointed) return;
    const { column: { stage }, row, at } = this.pointed;
    this.store.set({ node: stage.node.split(" (")[0]!, unit: unitAt(stage, row, at) });
  }

  private key(event: KeyboardEvent): void {
    if (!this.path || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, [number, number]> = { ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [2, -1], ArrowDown: [2, 1], PageUp: [3, -1], PageDown: [3, 1] };
    const move = moves[event.key];
    if (!move && event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (!move) this.store.open(event.key === "Enter" ? "operation" : "overview");
    else this.store.set({ unit: this.moved(...move) });
  }

  // One step along an axis, counted from the last; of a row of numbers both arrows move along it.
  private moved(axis: number, by: number): number[] {
    const { unit, stages } = this.path!, { shape } = stages[stages.length - 1]!, place = Math.max(0, unit.length - axis);
    return unit.map((at, each) => (each === place ? Math.min(shape[each]! - 1, Math.max(0, at + by)) : at));
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.path || !this.layout) return;
    const name = `path to ${this.path.node} ${this.path.unit.join("-")}`;
    if (format !== "npz") return save(this.scene(0, this.layout.width), format, name);
    const { bytes } = await this.store.ask(this.data.probe, this.asked() ?? {}, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.head.update(data);
    this.arithmetic.textContent = data.words.open!;
    this.arithmetic.title = data.words.opened!;
    this.arithmetic.setAttribute("aria-label", data.words.opened!);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unfollow();
  }
}
