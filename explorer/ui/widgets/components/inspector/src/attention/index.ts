// Attention of a layer: from one token to all others, on the picture or the text, with every head and the whole matrix.

import type { Look, MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { makePaper } from "../operation/paper";
import { download, paint, save, type Scene } from "../scene";
import { Notice } from "../operation/notice";
import type { Store } from "../store";
import { tokenAt } from "./board";
import { type AttentionView, type Chosen, chosenFrom, chosenOf, isWhole, type Side, unitOf } from "./contract";
import { pairAt } from "./grid";
import { holds } from "../operation/box";
import { type Cell, lay, layAll, type Layout } from "./layout";
import { nextToken, saying } from "./pair";
import { draw, drawLayers } from "./picture";
import { Tools } from "./tools";
import type { Shown } from "./tokens";
import { limitOfLine, lineOf, MEAN } from "./weights";

const REGION = 256;  // tokens along a side of an exact part of a large matrix

export const makeAttention: MakePart = (host, data, _trigger, store) => new AttentionPart(host, data, store);

class AttentionPart implements Part {
  private readonly tools: Tools;
  private readonly body = make("div", "attention-body");
  private readonly canvas = make("canvas", "attention-canvas");
  private readonly notice = new Notice();
  private readonly note = make("p", "attention-note");
  private readonly line = make("p", "attention-line");
  private readonly arithmetic = button("", "", () => this.compute());
  private readonly spoken = make("p", "inspector-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly ends: (() => void)[];
  private view: AttentionView | null = null;
  private layout: Layout | null = null;
  private cells: Cell[] | null = null;
  private chosen: Chosen = chosenOf([0, 0, 0, 0]);
  private isMean = false;
  private from: Side = "query";
  private pointed: Partial<Chosen> | null = null;
  private region: [number, number] | null = null;
  private waiting = 0;
  private painted = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.tools = new Tools(data, store, {
      layer: (node) => this.goTo(node), turn: (from) => { this.from = from; this.paintSoon(); }, all: () => this.paintSoon(true),
      part: () => this.cut(), save: (format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)),
    });
    const foot = make("div", "attention-foot");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.body.append(this.canvas, this.notice.element);
    foot.append(this.line, this.arithmetic);
    host.append(this.tools.element, this.body, foot, this.note, this.spoken);
    this.observer.observe(this.body);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => { this.pointed = null; this.paintSoon(); });
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.update(data);
    this.notice.show(data.words.waiting!);
    this.ends = [
      store.follow(data.probe, () => this.asked(), ({ results, sentence }, look) => this.answered(results.find(({ type }) => type === "AttentionView") as AttentionView | undefined, sentence, look),
        () => this.notice.show(this.data.words.failed!)),
      store.watch((look, changed) => { if (changed.includes("unit") || changed.includes("node")) this.adopt(look); }),
    ];
  }

  // With the unit where other weights than those that are here are needed: another window's, or those of a large layer.
  private asked(): object {
    const { node, unit } = this.store.look, { view } = this, every_layer = this.tools?.showsAll ?? false, own = view && this.isOf(view, node) ? chosenFrom(view, unit) : null;
    const known = { node, ...(every_layer ? { every_layer } : {}), ...(this.region ? { region: this.region } : {}) };
    if (!view || !own) return unit ? { ...known, unit } : known;
    if (!isWhole(view)) return { ...known, unit };
    return view.shape[0] > 1 ? { ...known, unit: unitOf(view, { window: own.window, head: 0, query: 0, key: 0 }) } : known;
  }

  private isOf({ node, scores }: AttentionView, address: string): boolean {
    return address === node || address === scores;
  }

  private answered(view: AttentionView | undefined, sentence: string, look: Look): void {
    if (!view) return this.notice.show(sentence);
    this.notice.hide();
    const isNew = this.view?.node !== view.node;
    if (isNew) this.region = null;
    this.view = view;
    this.tools.show(view, this.region !== null);
    setText(this.note, view.note ?? "");
    this.note.hidden = !view.note;
    if (isNew) this.chosen = chosenOf(view.unit);
    this.adopt(this.store.look);
    if (look.unit && chosenFrom(view, look.unit) === null && this.isOf(view, look.node)) this.store.set({ unit: unitOf(view, this.chosen) }, false);
    this.canvas.setAttribute("aria-label", fill(this.data.words.canvas!, { node: view.node, heads: view.shape[1], queries: view.shape[2], keys: view.shape[3] }));
    this.paint();
    this.speak();
  }

  private adopt({ node, unit }: Look): void {
    const { view } = this;
    if (!view) return;
    const found = this.isOf(view, node) ? chosenFrom(view, unit) : null;
    if (found) this.chosen = found;
    this.chosen = { ...this.chosen, query: Math.min(this.chosen.query, view.shape[2] - 1), key: Math.min(this.chosen.key, view.shape[3] - 1), head: Math.min(this.chosen.head, view.shape[1] - 1), window: Math.min(this.chosen.window, view.shape[0] - 1) };
    this.paintSoon();
  }

  // What is drawn: what is pointed at in the place of what was chosen, where its weights are here.
  private shown(): Shown {
    const view = this.view!, head = this.isMean ? MEAN : this.chosen.head, chosen = { ...this.chosen, head }, { from, pointed } = this, to = from === "query" ? "key" : "query";
    const wanted = { ...chosen, ...(pointed?.[from] === undefined ? {} : { [from]: pointed[from] }) }, wantedLine = lineOf(view, wanted, from);
    const used = wantedLine ? wanted : chosen, line = wantedLine ?? lineOf(view, chosen, from);
    return { chosen: used, from, line, limit: limitOfLine(view, line, used, from), other: pointed?.[to] ?? used[to] };
  }

  private pick(patch: Partial<Chosen>): void {
    const view = this.view!;
    this.chosen = { ...this.chosen, ...patch };
    this.store.set({ node: this.isOf(view, this.store.look.node) ? this.store.look.node : view.node, unit: unitOf(view, this.chosen) });
    this.paintSoon();
    this.speak();
  }

  private goTo(node: string, head = 0): void {
    const { view } = this;
    this.region = null;
    if (view?.node === node) return this.pick({ head });
    const block = view?.blocks.find((each) => each.node === node), axes = view?.axes ?? [];
    this.tools.showsAll = false;
    const fits = block && view && axes.length === view.axes.length && (block.shape[0]! > 1) === axes.includes("window") && head < block.shape[1]!;
    const at: Chosen = { window: 0, head, query: Math.min(this.chosen.query, (block?.shape[2] ?? 1) - 1), key: Math.min(this.chosen.key, (block?.shape[3] ?? 1) - 1) };
    this.store.set({ node, unit: fits ? unitOf(view, at) : null });
  }

  private compute(): void {
    const { view } = this;
    if (!view) return;
    this.store.set({ node: view.scores || view.node, unit: view.scores ? unitOf(view, this.chosen) : null });
    this.store.open("operation");
  }

  // An exact part of a large matrix around the chosen pair, and back.
  private cut(): void {
    const { query, key } = this.chosen, begin = (at: number) => Math.max(0, at - REGION / 2);
    this.region = this.region ? null : [begin(query), begin(key)];
    this.pick({});
    this.store.set({ unit: [...(this.store.look.unit ?? [])] });
    void this.store.ask(this.data.probe, this.asked()).then(({ results, sentence }) => this.answered(results[0] as AttentionView | undefined, sentence, this.store.look), () => setText(this.line, this.data.words.failed!));
  }

  private speak(): void {
    if (this.view) setText(this.spoken, saying(this.view, { ...this.chosen, head: this.isMean ? MEAN : this.chosen.head }, this.data.words));
  }

  private paintSoon(asksAnew = false): void {
    if (asksAnew && this.view && this.tools.showsAll && !this.view.blocks[0]?.thumbnails.data.length) {
      void this.store.ask(this.data.probe, this.asked()).then(({ results, sentence, kind }) => (kind === "results" ? this.answered(results[0] as unknown as AttentionView, sentence, this.store.look) : undefined), () => {});
    }
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private scene(): Scene {
    const paper = makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), { words } = this.data;
    return this.cells ? drawLayers(this.view!, this.cells, this.layout!, this.isMean ? MEAN : this.chosen.head, paper, words) : draw(this.view!, this.layout!, this.shown(), paper, words);
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const width = this.body.clientWidth, height = this.body.clientHeight, ratio = devicePixelRatio, { view, canvas } = this;
    if (!view || !width || !height) return;
    this.layout = lay(view, this.chosen.window, width, height);
    this.cells = this.tools.showsAll ? layAll(view, width, height) : null;
    [canvas.width, canvas.height] = [width * ratio, height * ratio];
    const ctx = canvas.getContext("2d")!;
    ctx.scale(ratio, ratio);
    paint(ctx, this.scene());
    canvas.dataset.painted = String(++this.painted);
    canvas.dataset.unit = unitOf(view, this.chosen).join();
    const { chosen, from, other } = this.shown();
    setText(this.line, saying(view, from === "query" ? { ...chosen, key: other! } : { ...chosen, query: other! }, this.data.words));
  }

  private point(event: MouseEvent): void {
    const found = this.under(event), { view } = this;
    this.pointed = found?.pair ?? null;
    // on a picture of both, what is pointed at is the other end
    if (found?.isBoth && view) this.pointed = found.token!.window === this.chosen.window ? { [this.from === "query" ? "key" : "query"]: found.token!.token } : null;
    this.canvas.style.cursor = found ? "pointer" : "default";
    this.paintSoon();
  }

  private under({ clientX, clientY }: MouseEvent) {
    const box = this.canvas.getBoundingClientRect(), x = clientX - box.left, y = clientY - box.top, { layout, view, cells } = this;
    if (!layout || !view) return null;
    if (cells) {
      const cell = cells.find((each) => holds(each.box, x, y));
      return cell ? { cell } : null;
    }
    const thumb = layout.thumbs.find((each) => holds(each.box, x, y));
    if (thumb) return { thumb };
    const pair = pairAt(view, layout.matrix, x, y);
    if (pair) return { pair, isMatrix: true };
    const found = tokenAt(layout.boards, x, y);
    if (!found) return null;
    const isBoth = found.board.sides.length > 1;
    return { pair: isBoth ? undefined : { [found.board.sides[0]!]: found.token.token } as Partial<Chosen>, token: found.token, isBoth };
  }

  private click(event: MouseEvent): void {
    const found = this.under(event);
    if (!found) return;
    this.pointed = null;
    if (found.cell) {
      this.isMean = false;
      this.tools.close();
      this.goTo(this.view!.blocks[found.cell.layer]!.node, found.cell.head);
    } else if (found.thumb) {
      this.isMean = found.thumb.head === MEAN;
      this.pick(this.isMean ? {} : { head: found.thumb.head });
    } else if (found.isBoth) this.pick({ window: found.token!.window, [this.from]: found.token!.token });
    else this.pick({ ...(found.token ? { window: found.token.window } : {}), ...found.pair });
  }

  private key(event: KeyboardEvent): void {
    const { view, layout } = this;
    if (!view || !layout || event.ctrlKey || event.metaKey || event.altKey) return;
    const across = layout.boards.find(({ sides }) => sides.includes(this.from))?.columns ?? 1;
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }, heads: Record<string, number> = { PageUp: -1, PageDown: 1 };
    const acts: Record<string, () => void> = { Enter: () => this.compute(), Escape: () => this.store.open("overview") };
    if (event.key in steps) {
      const next = nextToken(view, this.from, this.chosen[this.from], steps[event.key]!);
      if (next !== null) this.pick({ [this.from]: next });
    } else if (event.key in heads) {
      this.isMean = false;
      this.pick({ head: Math.max(0, Math.min(view.shape[1] - 1, this.chosen.head + heads[event.key]!)) });
    } else if (event.key in acts) acts[event.key]!();
    else return;
    event.preventDefault();
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    const { view } = this;
    if (!view) return;
    const name = `attention ${view.node} ${unitOf(view, this.chosen).join("-")}`;
    if (format !== "npz") return save(this.scene(), format, name);
    const { bytes } = await this.store.ask(this.data.probe, { ...this.asked(), unit: unitOf(view, this.chosen), node: view.node }, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.tools.update(data);
    this.arithmetic.textContent = data.words.arithmetic!;
    this.arithmetic.title = data.words.arithmetic_hint!;
    this.arithmetic.setAttribute("aria-label", data.words.arithmetic_hint!);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    for (const end of this.ends) end();
  }
}
