// What the network takes: shown large and once, painted on, moved by sliders, typed; and its answer beside the target.

import type { InputSpec, Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Answer } from "../question";
import { store } from "../store";
import type { Tensor } from "../../../common/tensors";
import { Board, type Brush } from "./board";
import { bench, choose, chooseEdited, choosePixels } from "./choice";
import { Compare } from "./compare";
import { Pad } from "./pad";
import { Sliders } from "./sliders";
import { TextField } from "./typed";
import { Tools } from "./tools";
import { bring, lastBrought, prepare } from "./upload";

let opened = false;  // the sliders, for as long as the page is open

class Panel implements Part {
  private verdict = make("div", "verdict");
  private sentence = make("div", "panel-sentence");
  private note = make("div", "panel-note");
  private compare: Compare;
  private changes = new Sliders((name, value) => this.setChange(name, value));
  private features = new Sliders((name, value) => this.setFeature(name, value));
  private drawer = make("details", "changes");
  private drawerTitle = make("summary");
  private neutral = make("button", "chip");
  private brush: Brush = { erases: false, size: 2, ink: [1, 1, 1], paper: [0, 0, 0] };
  private board: Board | null = null;
  private tools: Tools | null = null;
  private pad: Pad | null = null;
  private boardRow = make("div", "board-row");
  private text: TextField | null = null;
  private base: InputSpec;             // chosen last, before any edit by hand
  private values: Tensor | null = null;
  private painted: Tensor | null = null;  // by the brush or a slider of a feature: in the store, no new choice
  private preparing = false;
  private ink: Tensor | null = null;
  private ends: (() => void)[];

  constructor(host: HTMLElement, private data: PartData) {
    this.base = store.look.input;
    this.compare = new Compare(data, (input) => this.nameOf(input));
    this.sentence.setAttribute("role", "status");
    this.verdict.setAttribute("aria-live", "polite");
    this.drawer.open = opened;
    this.drawer.addEventListener("toggle", () => (opened = this.drawer.open));
    this.neutral.type = "button";
    this.neutral.addEventListener("click", () => store.set({ changes: {} }));
    this.drawer.append(this.drawerTitle, this.changes.element, this.neutral);
    host.append(this.verdict, ...this.makeMiddle(), this.sentence, this.note, this.compare.element, this.drawer);
    this.ends = [
      store.watch((_look, changed) => this.looked(changed)),
      store.follow("input", () => ({}), (answer, look) => this.take(answer, look), () => setText(this.sentence, this.data.words.unreachable!)),
      bench.watch(() => this.drawOrNot()),
    ];
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    const { words, options } = data;
    setText(this.drawerTitle, words.changes!);
    setText(this.neutral, words.neutral!);
    this.compare.update(data);
    this.changes.update(options.changes);
    this.features.update(options.features);
    this.brush.paper = Array(3).fill(options.paper);
    this.drawer.hidden = !options.changes.length;
    this.board?.update(data);
    this.tools?.update(data);
    this.pad?.update(data);
    this.text?.update(data);
    this.dress();
  }

  end(): void {
    for (const end of this.ends) end();
    this.text?.end();
  }

  private makeMiddle(): HTMLElement[] {
    const { kind } = this.data.options;
    if (kind === "text") {
      this.text = new TextField(this.data, (sentence) => setText(this.sentence, sentence));
      return [this.text.element];
    }
    if (kind !== "image") return [this.features.element];
    this.brush.size = Math.round(Math.max(...this.data.options.image.slice(1)) / 7) / 2;
    this.pad = new Pad(this.data, (ink) => this.prepareDrawing(ink));
    this.board = new Board(this.data, this.brush, (pixels) => this.paint(pixels), (can) => this.tools?.can(can, this.isEdited, this.canInvert));
    this.tools = new Tools(this.data, this.brush, { undo: () => this.board!.undo(), reset: () => this.reset(), invert: () => void this.invert() });
    this.boardRow.append(this.board.element, this.tools.element);
    return [this.pad.element, this.boardRow];
  }

  private looked(changed: (keyof Look)[]): void {
    const { input } = store.look;
    if (changed.includes("input") && (!this.painted || input.pixels !== this.painted)) {
      this.base = input;
      this.painted = null;
      this.board?.forgetUndo();
      if (input.sample !== null) bench.set(false);
    }
    this.dress();
  }

  private get isEdited(): boolean {
    return this.painted !== null || Object.keys(store.look.changes).length > 0;
  }

  private get canInvert(): boolean {
    return lastBrought()?.canInvert ?? false;
  }

  private dress(): void {
    const { changes } = store.look, { words, options } = this.data;
    this.compare.show();
    this.changes.show(changes);
    this.neutral.hidden = !Object.keys(changes).length;
    this.tools?.can(null, this.isEdited, this.canInvert);
    const draws = bench.drawing && store.look.shown === "first";
    if (this.pad) this.pad.element.hidden = !draws;
    this.boardRow.hidden = draws;  // one picture: where it is drawn, or what the network takes
    setText(this.note, draws ? [words.drawing_note, options.digits_note].filter(Boolean).join(" ") : "");
  }

  private drawOrNot(): void {
    if (bench.drawing) {
      store.set({ shown: "first" });
      this.pad?.resume();
    }
    this.dress();
  }

  private take({ results, sentence }: Answer, look: Look): void {
    setText(this.sentence, sentence);
    const found = results[0];
    if (!found) return;
    if (look.input.pixels === store.look.input.pixels || !this.painted) this.show(found.values, found.is_difference);
    this.text?.show(found);
    this.sayVerdict(found);
  }

  private show(values: Tensor, isDifference: boolean): void {
    this.values = values;
    this.compare.saw(values);
    const { options } = this.data;
    this.board?.show(values, options.image, isDifference);
    this.features.show(Object.fromEntries(options.features.map((feature: { name: string }, place: number) => [feature.name, values.data[place]!])));
  }

  private sayVerdict({ target, predicted, right, confidence, is_difference }: any): void {
    const { words, look } = this.data, sure = confidence === null ? "" : Math.round(confidence * 100);
    if (is_difference) { this.verdict.replaceChildren(make("span", "", words.difference_verdict)); return; }
    const sign = right === null ? null : right ? look.valid : look.problem, mark = make("b", "", sign ? `${right ? "✓" : "✗"} ` : "");
    mark.style.color = sign?.color ?? "";
    const template = target ? (confidence === null ? words.target_number : words.target_class) : confidence === null ? words.only_number : words.only_class;
    const name = make("div", "verdict-name", this.nameOf(store.look.shown === "second" ? store.look.against!.input : store.look.input)), line = make("div");
    line.append(mark, fill(template!, { target, predicted, confidence: sure }));
    if (right !== null) line.setAttribute("aria-label", `${right ? words.is_right : words.is_wrong} ${line.textContent}`);
    this.verdict.replaceChildren(name, line);
  }

  private nameOf({ sample, name }: InputSpec): string {
    return sample === null ? name || this.data.words.own! : fill(this.data.words.sample!, { place: sample });
  }

  private setChange(name: string, value: number): void {
    const { [name]: _old, ...others } = store.look.changes, slid = this.data.options.changes.find((each: { name: string }) => each.name === name);
    bench.set(false);  // the board shows what a change does
    store.set({ changes: value === slid?.default ? others : { ...others, [name]: value }, shown: "first" });
  }

  // What is painted on is what is shown, changes included; so they end up in the pixels.
  private paint(pixels: Tensor): void {
    this.painted = pixels;
    this.values = pixels;
    this.compare.saw(pixels);
    chooseEdited(pixels, this.base.sample ?? this.base.edited, this.editedName());
  }

  private setFeature(name: string, value: number): void {
    const place = this.data.options.features.findIndex((feature: { name: string }) => feature.name === name);
    if (!this.values || place < 0) return;
    const data = Float32Array.from(this.values.data);
    data[place] = value;
    this.paint({ data, shape: this.values.shape });
    this.show(this.values, false);
  }

  private editedName(): string {
    return this.base.sample === null ? this.base.name : fill(this.data.words.edited!, { place: this.base.sample });
  }

  private reset(): void {
    this.painted = null;
    store.set({ changes: {} });
    choose(this.base);
    this.board?.forgetUndo();
  }

  private async invert(): Promise<void> {
    const last = lastBrought();
    if (last) setText(this.sentence, await bring(last.bytes, last.name, "picture", !last.inverted));
  }

  // One drawing on the way at a time; the newest is next.
  private async prepareDrawing(ink: Tensor): Promise<void> {
    this.ink = ink;
    if (this.preparing) return;
    this.preparing = true;
    try {
      while (this.ink) {
        const next: Tensor = this.ink;
        this.ink = null;
        const { item, sentence } = await prepare(next, { kind: "drawing" });
        setText(this.sentence, sentence);
        if (item) choosePixels(item.values, this.data.words.drawing!);
      }
    } catch {
      setText(this.sentence, this.data.words.unreachable!);
    }
    this.preparing = false;
  }
}

export const makePanel: MakePart = (host, data) => new Panel(host, data);
