// The strip of test samples: what is wrong, what is hard, what to look at next; and the ways to bring an input of one's own.

import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { store } from "../store";
import type { Tensor } from "../../../common/tensors";
import { bench, chooseSample } from "./choice";
import { Filters } from "./filters";
import { Reel } from "./reel";
import { SampleTable } from "./table";
import { ThumbnailStore } from "./thumbnails";
import { type Bringing, labeled, makeBringing } from "./upload";

const STILL_MS = 350, ENOUGH = 48, CELL_PX = { image: 58, text: 190, numbers: 104 };

class Strip implements Part {
  private table: SampleTable | null = null;
  private thumbnails = new ThumbnailStore(() => this.reel.refill());
  private filters = new Filters(() => this.sift());
  private reel: Reel;
  private count = make("span", "strip-count");
  private every = make("button", "chip strip-every");
  private frame = make("div", "strip-reel");
  private progress = make("progress", "strip-progress");
  private empty = make("div", "strip-empty");  // in place of samples, where there are none
  private sentence = make("div", "strip-sentence");
  private buttons = make("div", "strip-buttons");
  private bringing: Bringing | null = null;
  private saidOf: Tensor | number | null = null;
  private wantsEvery = false;
  private isAsking = false;
  private waiting = 0;
  private asked = 0;
  private known = "";  // the run, the step and the changes of weights that samples were asked about last
  private ends: (() => void)[];

  constructor(private host: HTMLElement, private data: PartData) {
    this.reel = new Reel(this.cellPx, data.words.samples!, (place) => this.cell(place), chooseSample,
      (places) => this.isImage && this.thumbnails.want(places));
    const row = make("div", "strip-row");
    this.every.type = "button";
    this.every.addEventListener("click", () => this.evaluateOrStop());
    this.sentence.setAttribute("role", "status");
    row.append(this.filters.element, this.count, this.every, this.buttons);
    this.frame.append(this.reel.element, this.empty, this.progress);
    host.append(row, this.frame, this.sentence);
    this.ends = [
      store.watch((look, changed) => {
        if (shownBy(look) !== this.saidOf) this.say("");
        if (changed.includes("run")) this.restart();
        else if (changed.some((key) => ["step", "edits", "interventions"].includes(key))) this.later();
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
    this.progress.setAttribute("aria-label", data.words.progress!);
    this.buttons.replaceChildren(...this.makeButtons());
    this.dressDraw();
    if (this.table) this.filters.fit(this.table, data.words);
    this.reel.resize(this.cellPx);
    this.dress();
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
    this.table = null;
    this.places = [];
    this.reel.show([]);
    this.halt();
    void this.ask();
  }

  // The answers of other weights are asked for once these have been still: a film would have the server do nothing else.
  private later(): void {
    this.halt();
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.ask(), STILL_MS);
  }

  private evaluateOrStop(): void {
    this.wantsEvery = !this.wantsEvery;
    if (this.wantsEvery && !this.isAsking) void this.more(this.table);
    else this.dress();
  }

  // What is on the way is about other weights, and so would be whatever came after it.
  private halt(): void {
    this.asked++;
    this.known = "";
    this.wantsEvery = this.isAsking = false;
    this.dress();
  }

  private async ask(): Promise<void> {
    const { run, step, edits, interventions } = store.look, wanted = `${run}/${step}/${JSON.stringify([edits, interventions])}`;
    if (!run || wanted === this.known) return;
    this.known = wanted;
    await this.more(null);
  }

  // The next samples, enough to fill the strip or all that are left: a moment's worth an answer, so that nobody else waits for long.
  private async more(table: SampleTable | null): Promise<void> {
    const asked = ++this.asked;
    this.isAsking = true;
    this.dress();
    try {
      do {
        const { results, sentence } = await store.ask("samples", { first: table?.count ?? 0 });
        if (asked !== this.asked) return;
        this.say(sentence);
        if (!results[0]) break;
        const isMore = table !== null;
        table = table ? table.and(results[0]) : new SampleTable(results[0]);
        this.take(table, isMore);
      } while (table.count < (this.wantsEvery ? table.of : Math.min(ENOUGH, table.of)));
    } catch {
      if (asked !== this.asked) return;
      this.known = "";
      this.say(this.data.words.unreachable!);
    }
    this.wantsEvery = this.isAsking = false;
    this.dress();
  }

  private take(table: SampleTable, isMore: boolean): void {
    this.table = table;
    this.filters.fit(table, this.data.words);
    this.sift(isMore);
  }

  private sift(isMore = false): void {
    this.places = this.table?.places(this.filters.wanted) ?? [];
    this.reel.show(this.places, !isMore);
    this.dress();
  }

  // How far the evaluation is, and what can be done about it.
  private dress(): void {
    const { words } = this.data, { table, wantsEvery } = this, grouped = (count: number) => count.toLocaleString("en-US");
    const found = { found: grouped(this.places.length), known: grouped(table?.count ?? 0), of: grouped(table?.of ?? 0) };
    setText(this.count, table ? fill(table.count < table.of ? words.count_first! : words.count!, found) : "");
    setText(this.every, wantsEvery ? words.stop! : words.every!);
    this.every.title = wantsEvery ? words.stop_help! : words.every_help!;
    this.every.hidden = !table || table.count >= table.of;
    this.progress.hidden = !wantsEvery;
    Object.assign(this.progress, { max: table?.of ?? 1, value: table?.count ?? 0 });
    setText(this.empty, this.places.length ? "" : table ? words.none! : this.isAsking ? words.loading! : "");
  }

  // A sentence is about the input it came with.
  private say(sentence: string): void {
    this.saidOf = shownBy(store.look);
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

function shownBy({ input }: Look): Tensor | number | null {
  return input.pixels ?? input.sample;
}

export const makeStrip: MakePart = (host, data) => new Strip(host, data);
