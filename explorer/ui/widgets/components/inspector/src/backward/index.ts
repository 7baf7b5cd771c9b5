// The way back: the gradient of one value, path by path, and the way from the loss to a weight of the first layer.

import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { Head } from "../operation/head";
import { makePaper } from "../operation/paper";
import { termLine } from "../operation/tables";
import { fullShape } from "../operation/unit";
import { Written } from "../operation/written";
import type { Answer } from "../question";
import { unravel } from "../rules/arrays";
import type { Operand } from "../rules/contract";
import { download, paint, save } from "../scene";
import type { Store } from "../store";
import { type BackwardView, elementOf, LOSS, nameOf, type Stop, stopAt, stopOf } from "./contract";
import { fieldAt, lay, type Layout } from "./layout";
import { Onward } from "./onward";
import { draw, type Drawn, type Pointed, turnerAt } from "./picture";
import { explanationOf, unitOfTerm } from "./terms";
import { Trail } from "./trail";

export const makeBackward: MakePart = (host, data, _trigger, store) => new BackwardPart(host, data, store);

class BackwardPart implements Part {
  private readonly head: Head;
  private readonly trail: Trail;
  private readonly onward = new Onward((stop) => this.go(stop));
  private readonly body = make("div", "backward-body");
  private readonly canvas = make("canvas", "backward-canvas");
  private readonly note = make("p", "backward-note");
  private readonly line = new Written();
  private readonly mode = make("p", "backward-mode");
  private readonly spoken = make("p", "operation-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly ends: (() => void)[];
  private view: BackwardView | null = null;
  private layout: Layout | null = null;
  private drawn: Drawn | null = null;
  private pages: number[] = [];
  private pointed: Pointed | null = null;
  private hovered = "";        // what the pointer is on, in words
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.head = new Head(data, store, (format) => void this.save(format).catch(() => this.tell(this.data.words.unsaved!)));
    this.trail = new Trail(data.words, (stop) => this.go(stop));
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.spoken.setAttribute("aria-live", "polite");
    this.body.append(this.canvas, this.note);
    host.append(this.head.element, this.trail.element, this.onward.element, this.line.element, this.body, this.mode, this.spoken);
    this.observer.observe(this.body);
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.point(offsetX, offsetY));
    this.canvas.addEventListener("pointerleave", () => this.leave());
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.click(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.update(data);
    this.tell(data.words.waiting!);
    this.ends = [store.follow(data.probe, () => this.asked(), (answer, look) => this.answered(answer, look), () => this.tell(this.data.words.failed!)),
      store.watch((look, changed) => this.changed(look, changed))];
  }

  private asked(): object | null {
    const { node, unit, of } = this.store.look, parameter = this.elementIn(this.store.look);
    return node ? { node, of, ...(parameter ? { parameter } : unit ? { unit } : {}) } : null;
  }

  // The look's element, where it is one of the node that is looked at.
  private elementIn({ node, parameter }: Look): string {
    return parameter.startsWith(`${node}.`) ? parameter.slice(node.length + 1) : "";
  }

  // A unit that another part chose takes the place of an element.
  private changed(look: Look, changed: (keyof Look)[]): void {
    if (changed.includes("unit") && look.unit && !changed.includes("parameter") && look.parameter) this.store.set({ parameter: "" });
    const isOther = (["run", "step", "input", "changes", "edits", "interventions", "of", "shown"] as const).some((key) => changed.includes(key));
    if (isOther && this.view) void this.trail.renew((stop) => this.viewOf(stop));
  }

  private async viewOf({ node, unit, parameter }: Stop): Promise<BackwardView | null> {
    const { results } = await this.store.ask(this.data.probe, { node, of: this.store.look.of, ...(parameter ? { parameter } : unit ? { unit } : {}) });
    return (results[0] as unknown as BackwardView | undefined) ?? null;
  }

  private answered({ results, sentence }: Answer, { node }: Look): void {
    const found = results.find(({ type }) => type === "BackwardView") as unknown as BackwardView | undefined;
    if (!found) {
      this.view = null;
      this.head.show(node, "");
      return this.tell(sentence);
    }
    this.show(found);
  }

  // In place of the picture, or of the line below one that is there.
  private tell(sentence: string): void {
    if (this.view) return this.line.show(sentence);
    setText(this.note, sentence);
    for (const element of [this.canvas, this.line.element, this.onward.element]) element.hidden = true;
    this.note.hidden = false;
  }

  private show(view: BackwardView): void {
    const { words } = this.data, name = nameOf(stopOf(view));
    if (this.view?.node !== view.node) [this.pages, this.body.scrollTop] = [[], 0];
    [this.view, this.pointed, this.hovered] = [view, null, ""];
    for (const element of [this.canvas, this.line.element, this.onward.element]) element.hidden = false;
    this.note.hidden = true;
    this.head.show(view.node, [view.block, fill(words.gradient_of_what!, { of: view.of })].filter(Boolean).join(" · "));
    this.trail.reach(view);
    this.onward.show(view, words);
    this.canvas.setAttribute("aria-label", fill(words.canvas!, { name, count: view.paths.length }));
    this.canvas.dataset.value = name;
    this.canvas.dataset.gradient = String(view.gradient);
    this.canvas.dataset.total = String(view.total);
    setText(this.mode, [view.sentence, words.mode].filter(Boolean).join(" "));
    this.mode.classList.toggle("backward-special", Boolean(view.sentence));
    setText(this.spoken, fill(words.spoken!, { name, gradient: formatNumber(view.gradient), line: view.line }));
    this.paint();
  }

  private go({ node, unit, parameter }: Stop): void {
    this.store.set({ node, unit, parameter: parameter ? `${node}.${parameter}` : "" });
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const { view, body, canvas } = this, width = body.clientWidth, ratio = devicePixelRatio;
    if (!view || !width || !body.clientHeight) return;
    const paper = makePaper(this.data.look, getComputedStyle(canvas).fontFamily);
    this.layout = lay(view, width, body.clientHeight - 2, paper, this.pages);
    this.drawn = draw(view, this.layout, paper, this.data.words, this.pointed);
    const { height } = this.layout;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(ctx, this.drawn.scene);
    canvas.dataset.painted = String(Number(canvas.dataset.painted ?? 0) + 1);
    this.line.show(this.written());
  }

  private written(): string {
    const view = this.view!, { words } = this.data, name = nameOf(stopOf(view));
    if (this.hovered) return this.hovered;
    return view.node === LOSS ? "∂L/∂L = 1" : fill(words.line!, { name, value: formatNumber(view.value), line: view.line });
  }

  private point(x: number, y: number): void {
    const { view, layout, drawn } = this;
    if (!view || !layout || !drawn) return;
    const field = fieldAt(layout, x, y), row = layout.rows.findIndex(({ panel }) => panel && panel.cellAt(x, y) !== null);
    const place = drawn.sums.findIndex((sums) => sums.termAt(x, y)), term = place < 0 ? null : drawn.sums[place]!.termAt(x, y);
    this.canvas.style.cursor = field || row >= 0 || turnerAt(drawn.turners, x, y) ? "pointer" : "default";
    this.pointed = term ? { row: place, term } : null;
    this.hovered = field ? this.reading(field.field.parameter ? `${view.node}.${field.field.parameter}` : view.node, field.field.panel.operand, field.flat)
      : row >= 0 ? this.reading(layout.rows[row]!.path.node, layout.rows[row]!.panel!.operand, layout.rows[row]!.panel!.cellAt(x, y)!)
        : term ? this.termWords(place, term.cell) : "";
    this.paintSoon();
  }

  private reading(name: string, operand: Operand, flat: number): string {
    return fill(this.data.words.reading!, { name: `${name} (${indexAt(operand, flat).join(", ")})`, gradient: formatNumber(operand.values.data[flat]!) });
  }

  private termWords(row: number, cell: number): string {
    const path = this.view!.paths[row]!;
    return fill(this.data.words.term!, { name: `${path.node} (${unitOfTerm(path, cell).join(", ")})`, line: termLine(explanationOf(path), this.pointed!.term) });
  }

  private leave(): void {
    [this.pointed, this.hovered] = [null, ""];
    this.paintSoon();
  }

  private click(x: number, y: number): void {
    const { view, layout, drawn } = this;
    if (!view || !layout || !drawn) return;
    const turner = turnerAt(drawn.turners, x, y), field = fieldAt(layout, x, y);
    if (turner) {
      this.pages[turner.place] = turner.by;
      return this.paintSoon();
    }
    if (field) return this.goTo(field.field.parameter, indexAt(field.field.panel.operand, field.flat));
    const row = layout.rows.find(({ panel }) => panel && panel.cellAt(x, y) !== null);
    if (row?.path.node && row.path.node !== LOSS) this.go({ node: row.path.node, unit: indexAt(row.panel!.operand, row.panel!.cellAt(x, y)!), parameter: "" });
  }

  private goTo(parameter: string, index: number[]): void {
    this.go({ node: this.view!.node, unit: parameter ? null : index, parameter: parameter && elementOf(parameter, index) });
  }

  // Arrows move the value within its array, Enter goes toward the input, Escape toward the loss.
  private key(event: KeyboardEvent): void {
    const { view } = this;
    if (!view || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, [number, number]> = { ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [2, -1], ArrowDown: [2, 1], PageUp: [3, -1], PageDown: [3, 1] };
    const move = moves[event.key];
    if (!move && event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const [source] = view.sources, path = view.paths.find(({ node }) => node);
    if (move) this.move(...move);
    else if (event.key === "Enter" && source) this.go(stopAt(source));
    else if (event.key === "Escape" && path) this.go({ node: path.node, unit: path.toward.length ? path.toward : null, parameter: "" });
  }

  private move(axis: number, by: number): void {
    const view = this.view!, own = view.parameters.find(({ name }) => name === view.parameter) ?? view.gradient_map, index = view.parameter ? view.index : view.unit;
    const shape = fullShape(own), place = Math.max(0, index.length - axis), moved = index.map((at, each) => (each === place ? Math.min(shape[each]! - 1, Math.max(0, at + by)) : at));
    if (index.length) this.goTo(view.parameter, moved);
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.view || !this.drawn) return;
    const name = `gradient of ${nameOf(stopOf(this.view))}`;
    if (format !== "npz") return save(this.drawn.scene, format, name);
    const { bytes } = await this.store.ask(this.data.probe, this.asked() ?? {}, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.head.update(data);
    this.trail.update(data.words);
    if (this.view) this.onward.show(this.view, data.words);
    setText(this.mode, [this.view?.sentence, data.words.mode].filter(Boolean).join(" "));
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    for (const end of this.ends) end();
  }
}

const indexAt = ({ values, every }: Operand, flat: number): number[] => unravel(flat, values.shape).map((at, axis) => at * (every[axis] ?? 1));
