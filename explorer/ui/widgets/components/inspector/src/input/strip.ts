// The strip of test samples: what is wrong, what is hard, what to look at next; and the ways to bring an input of one's own.

import type { MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../numbers";
import { store } from "../store";
import type { Tensor } from "../tensors";
import { bench, chooseSample } from "./choice";
import { Filters } from "./filters";
import { Reel } from "./reel";
import { SampleTable } from "./table";
import { ThumbnailStore } from "./thumbnails";
import { type Bringing, labeled, makeBringing } from "./upload";

const STILL_MS = 350, CELL_PX = { image: 58, text: 190, numbers: 104 };

class Strip implements Part {
  private table: SampleTable | null = null;
  private thumbnails = new ThumbnailStore(() => this.reel.refill());
  private filters = new Filters(() => this.sift());
  private reel: Reel;
  private count = make("span", "strip-count");
  private every = make("button", "chip strip-every");
  private sentence = make("div", "strip-sentence");
  private buttons = make("div", "strip-buttons");
  private bringing: Bringing | null = null;
  private saidOf: Tensor | null = null;
  private wantsEvery = false;
  private waiting = 0;
  private asked = 0;
  private known = "";  // the run, the step and how many samples were asked about last
  private ends: (() => void)[];

  constructor(private host: HTMLElement, private data: PartData) {
    this.reel = new Reel(this.cellPx, data.words.samples!, (place) => this.cell(place), chooseSample,
      (places) => this.isImage && this.thumbnails.want(places));
    const row = make("div", "strip-row");
    this.every.type = "button";
    this.every.addEventListener("click", () => { this.wantsEvery = true; void this.more(this.table); });
    this.sentence.setAttribute("role", "status");
    row.append(this.filters.element, this.count, this.every, this.buttons);
    host.append(row, this.reel.element, this.sentence);
    this.ends = [
      store.watch((look, changed) => {
        if (look.input.pixels !== this.saidOf) this.say("");
        if (changed.includes("run")) this.restart();
        else if (changed.includes("step")) this.later();
        if (changed.some((key) => ["input", "against", "run"].includes(key))) this.reel.mark(look.input.sample);
      }),
      bench.watch(() => this.dressDraw()),
    ];
    this.update(data);
    this.reel.mark(store.look.input.sample);
    void this.ask();
  }

  update(data: PartData): void {
    this.data = data;
    setText(this.every, data.words.every!);
    this.every.title = data.words.every_help!;
    this.buttons.replaceChildren(...this.makeButtons());
    this.dressDraw();
    if (this.table) this.filters.fit(this.table, data.words);
    this.reel.resize(this.cellPx);
    this.sayCount(this.places.length);
  }

  end(): void {
    clearTimeout(this.waiting);
    for (const end of this.ends) end();
    this.bringing?.end();
    this.thumbnails.end();
    this.reel.end();
  }

  private places: number[] = [];

  private get isImage(): boolean {
    return this.data.options.kind === "image";
  }

  private get cellPx(): number {
    return Math.round(CELL_PX[this.data.options.kind as keyof typeof CELL_PX] * this.data.look.scale);
  }

  private makeButtons(): HTMLElement[] {
    const { words, options } = this.data, random = labeled(words.random!, words.random_help!, () => this.random());
    this.bringing?.end();
    this.bringing = makeBringing(this.host, this.data, (sentence) => this.say(sentence));
    const draw = options.draws ? [labeled(words.draw!, words.draw_help!, () => bench.set(!bench.drawing))] : [];
    draw[0]?.classList.add("strip-draw");
    return [random, ...draw, ...this.bringing.buttons];
  }

  private dressDraw(): void {
    this.buttons.querySelector(".strip-draw")?.setAttribute("aria-pressed", String(bench.drawing));
  }

  private random(): void {
    if (this.places.length) chooseSample(this.places[Math.floor(Math.random() * this.places.length)]!);
  }

  private restart(): void {
    this.thumbnails.forget();
    this.wantsEvery = false;
    void this.ask();
  }

  // The answers at a step are asked for once the step has been still: a film would have the server do nothing else.
  private later(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.ask(), STILL_MS);
  }

  private async ask(): Promise<void> {
    const { run, step } = store.look, wanted = `${run}/${step}`;
    if (!run || wanted === this.known) return;
    this.known = wanted;
    await this.more(null);
  }

  // The next samples, or all that are left, a moment's worth an answer, so that nobody else waits for long.
  private async more(table: SampleTable | null): Promise<void> {
    const asked = ++this.asked;
    this.host.classList.add("waiting");
    try {
      do {
        const { results, sentence } = await store.ask("samples", { first: table?.count ?? 0 });
        if (asked !== this.asked) return;
        this.say(sentence);
        if (!results[0]) break;
        table = table ? table.and(results[0]) : new SampleTable(results[0]);
        this.take(table);
      } while (this.wantsEvery && table.count < table.of);
    } catch {
      if (asked !== this.asked) return;
      this.known = "";
      this.say(this.data.words.unreachable!);
    }
    this.host.classList.remove("waiting");
  }

  private take(table: SampleTable): void {
    this.table = table;
    this.filters.fit(table, this.data.words);
    this.sift();
  }

  private sift(): void {
    this.places = this.table?.places(this.filters.wanted) ?? [];
    this.reel.show(this.places);
    this.sayCount(this.places.length);
  }

  private sayCount(found: number): void {
    const { words } = this.data, table = this.table, grouped = (count: number) => count.toLocaleString("en-US");
    if (!table) return;
    const part = table.count < table.of ? words.count_first! : words.count!;
    setText(this.count, fill(part, { found: grouped(found), known: grouped(table.count), of: grouped(table.of) }));
    this.every.hidden = table.count >= table.of;
  }

  // A sentence is about the input it came with.
  private say(sentence: string): void {
    this.saidOf = store.look.input.pixels;
    setText(this.sentence, sentence);
  }

  private cell(place: number) {
    const { words } = this.data, row = this.table?.row(place, formatNumber);
    const verdict = row?.right === false ? "wrong" : "right", isSecond = store.look.against?.input.sample === place;
    const values = row && {
      place, target: row.target, predicted: row.predicted, loss: formatNumber(row.loss, 3),
      confidence: row.confidence === null ? "" : Math.round(row.confidence * 100),
    };
    const label = values ? fill(row.confidence === null ? words.sample_number! : words.sample_class!, values) : String(place);
    return {
      className: `${row?.right === null ? "" : verdict}${isSecond ? " second" : ""}`, label,
      fill: (element: HTMLElement) => {
        if (this.isImage) element.append(this.picture(place));
        else element.append(make("span", "piece", row?.piece || `${place}`));
        if (!row) return;
        const name = row.right === false ? `${row.target} → ${row.predicted}` : row.target;
        element.append(make("span", "name", `${row.right === false ? "✗ " : ""}${name}`));
      },
    };
  }

  private picture(place: number): HTMLElement {
    const known = this.thumbnails.get(place), frame = make("span", "frame");
    if (known) frame.append(known);
    return frame;
  }
}

export const makeStrip: MakePart = (host, data) => new Strip(host, data);
