// The test set with attributions: samples chosen by answer, error and class, a row each. Or rows that came with the page.

import { readMessage } from "../../../common/tensors";
import { unpack } from "../../../common/results";
import { fill, whole } from "../../../common/numbers";
import type { Look, MakePart, Part, PartData } from "../contract";
import { setText } from "../dom";
import { SAMPLE } from "../input/choice";
import { download, save } from "../scene";
import type { Store } from "../store";
import { beginChoice, type Choice, isNothing, keepChoice, targetOf } from "./choice";
import { placeOf, type Row, type Rows } from "./contract";
import { Grid } from "./grid";
import { Judged } from "./judged";
import { Loader, PROBE } from "./loader";
import { Pager } from "./pager";
import { type Offered, Tools } from "./tools";

const PAGE = 12, STILL_MS = 350;

export const makeAttributed: MakePart = (host, data, _trigger, store) => (data.options.rows ? new Given(host, data, store) : new Browsing(host, data, store));

class Browsing implements Part {
  private readonly grid: Grid;
  private readonly tools: Tools;
  private readonly pager: Pager;
  private readonly judged: Judged;
  private readonly loader: Loader;
  private readonly unwatch: () => void;
  private places: number[] = [];
  private asked = "";
  private shownFor: Choice | null = null;
  private hasRows = false;
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    const offered = (data.options.methods as Offered[]).flatMap(({ name, refused }) => (refused ? [] : [name]));
    this.tools = new Tools(data, beginChoice(store.look.of, offered), (choice) => this.choose(choice), () => this.judgeOrStop(), (format) => void this.save(format).catch(() => this.grid.tell(this.data.words.unsaved!)));
    this.pager = new Pager(data, (page) => this.tools.turn(page));
    this.grid = new Grid(data, (row) => lookAt(store, row));
    this.judged = new Judged(store, (sentence) => this.sift(sentence), () => this.grid.tell(this.data.words.failed!));
    this.loader = new Loader(store, (rows, sentence, isDone) => this.grid.show(rows, sentence, isDone), () => this.grid.tell(this.data.words.failed!));
    this.pager.element.append(this.tools.savers);
    host.append(this.tools.element, this.grid.element, this.grid.line, this.pager.element);
    this.unwatch = store.watch((look, changed) => {
      if (changed.some((key) => ["run", "step", "edits"].includes(key))) this.later();
      if (changed.includes("input")) this.grid.mark(markedOf(look));
    });
    this.grid.mark(markedOf(store.look));
    this.judged.begin();
  }

  // Other weights: asked for once they have been still.
  private later(): void {
    this.judged.halt();
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => {
      [this.asked, this.shownFor] = ["", null];
      this.judged.begin();
    }, STILL_MS);
  }

  private judgeOrStop(): void {
    if (this.judged.isAsking) this.judged.halt();
    else void this.judged.go();
    this.sift("");
  }

  private choose(choice: Choice): void {
    keepChoice(choice);
    this.grid.scale(choice.scale);
    this.sift("");
  }

  // The samples that are wanted of those that are evaluated; a page of them is asked for where it is another one.
  private sift(sentence: string): void {
    const { table, isAsking } = this.judged, { words } = this.data;
    if (!table) return this.grid.show([], sentence || words.waiting!, true);
    this.tools.fit(table);
    const { current } = this.tools;
    this.places = table.places(current.wanted).filter((place) => !isNothing(current, table, place));
    const last = Math.max(0, Math.ceil(this.places.length / PAGE) - 1), page = Math.min(current.page, last);
    const counts = { found: whole(this.places.length), known: whole(table.count), of: whole(table.of) }, isAll = table.count >= table.of;
    setText(this.tools.count, fill(isAll ? words.judged! : words.judged_first!, counts));
    this.tools.judge.hidden = isAll;
    setText(this.tools.judge, isAsking ? words.stop! : words.judge_rest!);
    this.tools.judge.title = words.judge_help!;
    this.pager.show(page, PAGE, this.places.length);
    this.load(this.places.slice(page * PAGE, (page + 1) * PAGE), current, isAsking);
  }

  // While samples are evaluated, rows that are there stay: each more of them would bring others to the top.
  private load(places: number[], choice: Choice, isAsking: boolean): void {
    const wanted = { places, methods: choice.methods, target: targetOf(choice) }, asked = JSON.stringify(wanted);
    this.grid.scale(choice.scale);
    if (asked === this.asked || (isAsking && this.shownFor === choice && this.hasRows)) return;
    [this.asked, this.shownFor, this.hasRows] = [asked, choice, places.length > 0];
    this.loader.stop();
    if (places.length) this.loader.load(wanted);
    else this.grid.show([], isAsking ? this.data.words.waiting! : this.data.words.none!, true);
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    if (format !== "npz") return save(this.grid.scene(), format, this.data.words.file!);
    const { bytes } = await this.store.ask(PROBE, JSON.parse(this.asked), { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${this.data.words.file}.npz`);
  }

  update(data: PartData): void {
    this.data = data;
    this.tools.update(data);
    this.pager.update(data);
    this.grid.update(data);
    this.sift("");
  }

  end(): void {
    clearTimeout(this.waiting);
    this.unwatch();
    this.judged.halt();
    this.loader.stop();
    this.grid.end();
  }
}

// Rows that Python computed, such as those on which two methods differ most.
class Given implements Part {
  private readonly grid: Grid;
  private readonly unwatch: () => void;
  private drawn = "";

  constructor(host: HTMLElement, data: PartData, store: Store) {
    this.grid = new Grid(data, (row) => lookAt(store, row));
    host.append(this.grid.element, this.grid.line);
    this.unwatch = store.watch((look) => this.grid.mark(markedOf(look)));
    this.grid.mark(markedOf(store.look));
    this.update(data);
  }

  update(data: PartData): void {
    this.grid.update(data);
    if (data.options.rows === this.drawn) return;
    this.drawn = data.options.rows;
    const { meta, tensors } = readMessage(Uint8Array.from(atob(this.drawn), (byte) => byte.charCodeAt(0)).buffer), [rows] = unpack(meta.results, tensors) as [Rows];
    this.grid.show(Array.from(rows.places.data, (_place, at) => ({ rows, at })), "", true);
  }

  end(): void {
    this.unwatch();
    this.grid.end();
  }
}

const markedOf = ({ input }: Look): number | null => input.sample;

// The page's own input from now on, with the number that was explained of it; the difference of a class with itself explains nothing.
function lookAt(store: Store, row: Row): void {
  const explained = row.rows.explained[row.at]!, [first, second] = explained.split("-");
  store.set({ input: { ...SAMPLE, sample: placeOf(row) }, shown: "first", of: first === second ? first! : explained });
  store.open("attribution", "attributions");
}

