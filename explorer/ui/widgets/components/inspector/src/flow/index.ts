// The flow of gradients: drawn on the network, and as bars by layer.

import type { MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { makePaper } from "../operation/paper";
import { download, paintOn, save, type Scene } from "../scene";
import { Segments } from "../segments";
import type { Store } from "../store";
import type { Flow, Level } from "./contract";
import { type Hit, hitAt, lay, type Layout } from "./layout";
import { describe, draw, type Look } from "./picture";

export const makeFlow: MakePart = (host, data, _trigger, store) => new FlowPart(host, data, store);

class FlowPart implements Part {
  private readonly head = make("div", "operation-head");
  private readonly back = button("‹", "", () => this.leave());
  private readonly inputs: Segments;
  private readonly what = make("span", "operation-what");
  private readonly saves: HTMLButtonElement[];
  private readonly body = make("div", "flow-body");
  private readonly room = make("div", "flow-room");
  private readonly canvas = make("canvas", "flow-canvas");
  private readonly note = make("p", "flow-note");
  private readonly line = make("p", "inspector-line");
  private readonly spoken = make("p", "inspector-spoken");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unwatch: () => void;
  private unfollow = (): void => {};
  private samples = 0;
  private flow: Flow | null = null;
  private layout: Layout | null = null;
  private hit: Hit | null = null;
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.inputs = new Segments("0", (name) => { this.samples = Number(name); this.refollow(); });
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!))));
    this.head.append(this.back, this.inputs.element, this.what, ...this.saves);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.body.append(this.canvas, this.room);
    host.append(this.head, this.note, this.body, this.line, this.spoken);
    this.observer.observe(this.body);
    this.body.addEventListener("scroll", () => this.paintSoon());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("click", (event) => { this.point(event); if (this.hit?.kind === "node") this.go(this.hit.at); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.update(data);
    this.tell(data.words.waiting!);
    this.refollow();
    this.unwatch = store.watch((_look, changed) => { if (changed.includes("node")) this.paintSoon(); });
  }

  private asked(): object {
    return { of: this.store.look.of, samples: this.samples };
  }

  private refollow(): void {
    this.unfollow();
    this.unfollow = this.store.follow(this.data.probe, () => this.asked(), ({ results, sentence }) => {
      const found = results.find(({ type }) => type === "GradientFlow") as Flow | undefined;
      this.flow = found ?? null;
      this.tell(sentence);
      if (found) this.show(found);
    }, () => this.tell(this.data.words.failed!));
  }

  private tell(sentence: string): void {
    setText(this.note, sentence);
    this.note.hidden = !sentence || Boolean(this.flow);
    this.body.hidden = this.line.hidden = !this.flow;
    if (this.flow) setText(this.line, sentence || this.flow.sentence);
  }

  private show(flow: Flow): void {
    const { words } = this.data, over = flow.samples ? fill(words.averaged!, { count: flow.samples }) : "";
    this.hit = null;
    this.back.hidden = !flow.inside;
    this.back.textContent = `‹ ${flow.inside.split(".").slice(0, -1).join(".") || words.whole}`;
    setText(this.what, [fill(words.of!, { what: flow.what }), over].filter(Boolean).join(" · "));
    this.what.title = this.what.textContent!;
    setText(this.spoken, flow.sentence);
    this.canvas.setAttribute("aria-label", fill(words.canvas!, { count: flow.nodes.length }));
    this.paintSoon();
  }

  // ---- the picture

  // Where Python has no drawing of the level, nodes follow each other.
  private level(flow: Flow): Level {
    const levels = this.data.options.levels as Record<string, Level> | undefined;
    return levels?.[flow.inside] ?? {
      nodes: flow.nodes.map((address, column) => ({ address, column, lane: 0, opens: false })), columns: flow.nodes.length, lanes: 1, lowest: 0,
    };
  }

  private look(): Look {
    const { look, words } = this.data;
    return { paper: makePaper(look, getComputedStyle(this.canvas).fontFamily), words, problem: look.problem.color, goal: this.goal() };
  }

  private goal(): string {
    const { words } = this.data;
    return this.flow?.inside ? words.beyond! : this.store.look.of ? words.goal_output! : words.goal!;
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private scene(left: number, width: number, height: number): Scene {
    return draw(this.flow!, this.layout!, this.look(), this.hit, this.store.look.node, left, width, height);
  }

  private paint(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const width = this.body.clientWidth, height = this.body.clientHeight;
    if (!this.flow || !width) return;
    this.layout = lay(this.flow, this.level(this.flow), width, height, this.data.look.scale);
    this.room.style.width = `${this.layout.width}px`;
    paintOn(this.canvas, this.scene(this.body.scrollLeft, width, height));
    setText(this.line, this.hit ? describe(this.flow, this.hit, this.data.words, this.goal()) : this.flow.sentence);
  }

  // ---- pointer and keys

  private point(event: MouseEvent | null): void {
    const box = this.canvas.getBoundingClientRect();
    this.hit = event && this.layout ? hitAt(this.layout, event.clientX - box.left + this.body.scrollLeft, event.clientY - box.top) : null;
    this.canvas.style.cursor = this.hit?.kind === "node" ? "pointer" : "default";
    this.paintSoon();
  }

  // To a node; a block is walked into.
  private go(at: number): void {
    const address = this.flow!.nodes[at]!, opens = this.level(this.flow!).nodes.find((node) => node.address === address)?.opens;
    this.store.set(opens ? { inside: address } : { node: address, unit: null });
  }

  private leave(): void {
    this.store.set({ inside: this.store.look.inside.split(".").slice(0, -1).join(".") });
  }

  private key(event: KeyboardEvent): void {
    if (!this.flow || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = ({ ArrowLeft: -1, ArrowRight: 1 } as Record<string, number>)[event.key];
    if (!by && event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") return this.flow.inside ? this.leave() : this.point(null);
    const at = this.hit?.kind === "node" ? this.hit.at : this.flow.nodes.indexOf(this.store.look.node);
    if (event.key === "Enter") return at >= 0 ? this.go(at) : undefined;
    this.hit = { kind: "node", at: Math.min(this.flow.nodes.length - 1, Math.max(0, at + by!)) };
    const box = this.layout?.bars[this.hit.at];
    if (box && (box.x < this.body.scrollLeft || box.x + box.width > this.body.scrollLeft + this.body.clientWidth)) this.body.scrollLeft = box.x - this.body.clientWidth / 2;
    setText(this.spoken, describe(this.flow, this.hit, this.data.words, this.goal()));
    this.paintSoon();
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.flow || !this.layout) return;
    const name = ["gradient flow", this.flow.inside].filter(Boolean).join(" ");
    if (format !== "npz") return save(this.scene(0, this.layout.width, this.body.clientHeight), format, name);
    const { bytes } = await this.store.ask(this.data.probe, this.asked(), { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    const { words, options } = data;
    this.back.title = words.back!;
    this.back.setAttribute("aria-label", words.back!);
    if (!this.flow) this.back.hidden = true;
    this.inputs.update(words.inputs!, [["0", words.this_input!], [String(options.samples), fill(words.batch!, { count: options.samples })]]);
    [words.save_png, words.save_svg, words.save_npz].forEach((name, n) => {
      this.saves[n]!.title = name!;
      this.saves[n]!.setAttribute("aria-label", name!);
    });
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unfollow();
    this.unwatch();
  }
}
