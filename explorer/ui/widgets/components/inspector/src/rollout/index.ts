// Attention through all layers: which parts of the input reach what is read out.

import type { MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { makePaper } from "../operation/paper";
import { download, paintOn, save, type Scene } from "../scene";
import type { Store } from "../store";
import { draw, type FlowMaps, lay, type Layout, type Token } from "./picture";

export const makeRollout: MakePart = (host, data, _trigger, store) => new RolloutPart(host, data, store);

class RolloutPart implements Part {
  private readonly start = make("select", "of-select");
  private readonly of = make("select", "of-select");
  private readonly names = [make("span"), make("span")] as const;
  private readonly saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!))));
  private readonly body = make("div", "rollout-body");
  private readonly canvas = make("canvas", "rollout-canvas");
  private readonly line = make("p", "rollout-line");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unfollow: () => void;
  private readonly unwatch: () => void;
  private flow: FlowMaps | null = null;
  private layout: Layout | null = null;
  private pointed: Token | null = null;
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    const head = make("div", "rollout-head"), [first, second] = [make("label"), make("label")];
    first.append(this.names[0], this.start);
    second.append(this.names[1], this.of);
    head.append(first, second, ...this.saves);
    this.canvas.setAttribute("role", "img");
    this.line.setAttribute("aria-live", "polite");
    this.body.append(this.canvas);
    host.append(head, this.body, this.line);
    this.start.addEventListener("change", () => this.reask());
    this.of.addEventListener("change", () => this.store.set({ of: this.of.value }));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.observer.observe(this.body);
    this.update(data);
    setText(this.line, data.words.waiting!);
    this.unfollow = store.follow(data.probe, () => this.asked(), (answer) => this.show(answer), () => setText(this.line, this.data.words.failed!));
    this.unwatch = store.watch((look) => { this.showClass(look.of); });
  }

  // A difference of two is chosen elsewhere; the loss is none of a class.
  private showClass(of: string): void {
    const names: string[] = this.data.options.classes, [first, second] = of.split("-").map((place) => names[Number(place)] ?? place);
    if (second && ![...this.of.options].some(({ value }) => value === of)) this.of.append(new Option(`${first} − ${second}`, of));
    this.of.value = of === "loss" ? "" : of;
  }

  private asked(): object {
    const { node, unit } = this.store.look, of = this.store.look.of === "loss" ? "" : this.store.look.of, nodes = this.data.options.nodes as string[], isKnown = nodes.includes(node);
    return { start: this.start.value || "output", of, node: isKnown ? node : nodes[nodes.length - 1], ...(isKnown && unit ? { unit } : {}) };
  }

  private reask(): void {
    void this.store.ask(this.data.probe, this.asked()).then((answer) => this.show(answer), () => setText(this.line, this.data.words.failed!));
  }

  private show({ results, sentence }: { results: { type: string }[]; sentence: string }): void {
    this.flow = (results.find(({ type }) => type === "FlowMaps") as FlowMaps | undefined) ?? null;
    this.body.hidden = !this.flow;
    this.pointed = null;
    if (!this.flow) setText(this.line, sentence);
    this.paintSoon();
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private scene(): Scene {
    return draw(this.flow!, this.layout!, this.pointed, makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), this.data.words);
  }

  private paint(): void {
    this.waiting = 0;
    const { clientWidth: width, clientHeight: height } = this.body;
    if (!this.flow || !width) return;
    this.layout = lay(this.flow, width, height);
    paintOn(this.canvas, this.scene());
    setText(this.line, this.saying());
  }

  private saying(): string {
    const { words } = this.data, { start, note, maps, labels } = this.flow!;
    if (!this.pointed) return [fill(words.read_from!, { start }), note].filter(Boolean).join(" ");
    const { map, token } = this.pointed, { title, values, boxes } = maps[map]!, [top, left] = [boxes.data[4 * token]!, boxes.data[4 * token + 1]!];
    const place = top < 0 ? words.lone! : labels.length ? `${left} ${labels[left] ?? ""}` : fill(words.patch!, { top, left });
    return `${title}: ${place} · ${formatNumber(values.data[token]!)}`;
  }

  private point(event: MouseEvent | null): void {
    const box = this.canvas.getBoundingClientRect(), at = event && { x: event.clientX - box.left, y: event.clientY - box.top };
    const found = at && this.layout?.tokens.find(({ box: { x, y, width, height } }) => at.x >= x && at.x < x + width && at.y >= y && at.y < y + height);
    if ((found ?? null) === this.pointed) return;
    this.pointed = found ?? null;
    this.paintSoon();
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (!this.flow || !this.layout) return;
    if (format !== "npz") return save(this.scene(), format, "attention flow");
    const { bytes } = await this.store.ask(this.data.probe, this.asked(), { format: "npz" });
    if (bytes) download(new Blob([bytes]), "attention flow.npz");
  }

  update(data: PartData): void {
    this.data = data;
    const { words, options } = data, chosen = this.start.value;
    setText(this.names[0], words.from!);
    setText(this.names[1], words.class!);
    this.start.replaceChildren(new Option(words.output!, "output"), new Option(words.query!, "query"));
    this.start.value = chosen || "output";
    this.of.replaceChildren(new Option(words.predicted!, ""), ...(options.classes as string[]).map((name, place) => new Option(name, String(place))));
    this.showClass(this.store.look.of);
    this.of.parentElement!.hidden = !(options.classes as string[]).length;
    [words.save_png, words.save_svg, words.save_npz].forEach((name, n) => {
      this.saves[n]!.title = name!;
      this.saves[n]!.setAttribute("aria-label", name!);
    });
    this.canvas.setAttribute("aria-label", words.canvas!);
    this.paintSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unfollow();
    this.unwatch();
  }
}
