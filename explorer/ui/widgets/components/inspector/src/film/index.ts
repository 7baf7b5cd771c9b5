// A film of one map, or of a layer's kernels, over the training: a strip of frames, and a large one that is played.

import { same } from "../asker";
import type { MakePart, Part, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { Head } from "../operation/head";
import { colorsFor, makePaper, type Paper } from "../operation/paper";
import { download, save } from "../scene";
import type { Store } from "../store";
import { PlayControls } from "../time/controls";
import { Player } from "../time/player";
import type { Frame } from "./contract";
import { Controls } from "./controls";
import type { Tint } from "./picture";
import { Reel } from "./reel";
import { canRecord, record, sheet } from "./saving";
import { Stage } from "./stage";
import { Strip } from "./strip";

const PER_S = 8;

export const makeFilm: MakePart = (host, data, _trigger, store) => new FilmPart(host, data, store);

class FilmPart implements Part {
  private readonly head: Head;
  private readonly controls: Controls;
  private readonly stage = new Stage();
  private readonly note = make("p", "film-note");
  private readonly line = make("p", "film-line");
  private readonly strip = new Strip((place) => this.go(place), () => this.paintSoon());
  private readonly reel: Reel;
  private readonly player = new Player(() => this.reel.steps.length, () => this.place, (place) => this.go(place), () => this.showControls(), (place) => this.reel.frameAt(place) !== undefined);
  private readonly playing = new PlayControls(this.player);
  private readonly scrub = make("input", "film-scrub");
  private readonly video = button("⤓ WebM", "", () => void this.saveVideo());
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private readonly unwatch: () => void;
  private paper!: Paper;
  private film: object = {};
  private asked = "";
  private waiting = 0;
  private pointed = "";

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.head = new Head(data, store, (format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)));
    this.controls = new Controls(store, { what: () => this.load(), scale: () => this.paintSoon(), film: () => this.reel.film });
    this.reel = new Reel(store, data.probe, () => this.arrived(), (sentence) => this.refused(sentence));
    this.scrub.type = "range";
    this.scrub.dataset.testid = "film-scrub";
    this.playing.play.dataset.testid = "film-play";
    this.strip.element.dataset.testid = "film-strip";
    const bar = make("div", "film-bar"), body = make("div", "film-body");
    bar.append(this.playing.play, this.playing.speed, this.playing.loop, this.scrub);
    body.append(this.stage.canvas, this.note);
    this.head.element.append(this.video);
    this.video.hidden = !canRecord();
    host.append(this.head.element, this.controls.element, body, this.line, bar, this.strip.element);
    this.scrub.addEventListener("input", () => { const place = Number(this.scrub.value); this.player.stop(); this.go(place); });
    this.stage.canvas.addEventListener("keydown", (event) => this.key(event));
    this.stage.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.stage.canvas.addEventListener("pointerleave", () => this.point(null));
    this.line.setAttribute("aria-live", "polite");
    this.observer.observe(this.stage.canvas);
    this.observer.observe(this.strip.element);
    this.update(data);
    setText(this.note, data.words.waiting!);
    this.unwatch = store.watch((_look, changed) => {
      if (changed.some((key) => key !== "step")) this.load();
      if (changed.includes("step") && this.reel.count) this.strip.reveal(this.place);
      this.paintSoon();
    });
    this.load();
  }

  private get place(): number {
    return this.reel.placeOf(this.store.look.step);
  }

  private go(place: number): void {
    const step = this.reel.steps[place];
    if (step !== undefined) this.store.set({ step });
  }

  // All that the film hangs on; a unit of the same map changes nothing.
  private load(): void {
    const { look } = this.store, { what } = this.controls, own = this.reel.film, place = own?.node === look.node ? own.place.length : undefined;
    if (!look.run || !look.node) return;
    const unit = what === "map" ? look.unit?.slice(0, place) : undefined;
    const isKnown = own?.node === look.node && own.what === what && (what === "kernels" || !unit || String(unit) === String(own.place));
    const film = { run: look.run, what, node: look.node, isEdited: look.edits.length > 0, interventions: look.interventions, ...(what === "map" ? { input: look.input, changes: look.changes, against: look.against, shown: look.shown } : {}) };
    const isSame = same(film, this.film), more = `${isKnown ? own.place : unit} ${look.steps}`;
    if (isSame && more === this.asked) return;
    if (!isKnown || !isSame) this.reel.forget();
    if (!this.reel.count) this.head.show(look.node, "");
    [this.film, this.asked] = [film, more];
    this.reel.load(look, { node: look.node, what, ...(what === "map" && look.unit ? { unit: isKnown && !unit ? own.place : look.unit } : {}) });
    this.paintSoon();
  }

  private arrived(): void {
    const film = this.reel.film!;
    this.note.hidden = true;
    this.head.show(film.node, `${film.title} · ${film.frames.shape.slice(-2).map((size, axis) => size * film.every[axis]!).join("×")}`);
    if (this.reel.count <= film.steps.data.length) this.strip.reveal(this.place);
    this.controls.show();
    this.paintSoon();
  }

  private refused(sentence: string | null): void {
    if (!this.reel.count) this.head.show(this.store.look.node, "");
    setText(this.note, sentence ?? this.data.words.failed!);
    this.note.hidden = this.reel.count > 0;
    this.paintSoon();
  }

  private tintOf = (frame: Frame): Tint => ({
    colors: colorsFor(this.paper, this.reel.signed), limit: (this.controls.isFixed ? this.reel.limit : frame.limit) || 1,
  });

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    this.waiting = 0;
    const { place } = this, frame = this.reel.frameAt(place) ?? null;
    this.stage.paint(frame, frame && this.tintOf(frame), this.paper);
    this.strip.paint(this.reel.steps, place, (at) => this.reel.frameAt(at), this.tintOf, this.reel.damaged, this.paper);
    setText(this.line, this.pointed || (frame ? this.describe(frame) : ""));
    this.showControls();
  }

  private showControls(): void {
    const { steps, count } = this.reel, last = Math.max(0, steps.length - 1);
    this.playing.show();
    this.scrub.max = String(last);
    this.scrub.value = String(this.place);
    this.scrub.setAttribute("aria-valuetext", fill(this.data.words.side_step!, { step: (steps[this.place] ?? 0).toLocaleString("en-US") }));
    for (const element of [this.playing.play, this.playing.speed, this.playing.loop, this.scrub]) (element as HTMLInputElement).disabled = count < 2;
  }

  private describe({ step, epoch, loss, notFinite }: Frame): string {
    const { words } = this.data, { damaged, steps, count } = this.reel, waits = steps.length - damaged.size - count;
    return [
      fill(words.side_step!, { step: step.toLocaleString("en-US") }), Number.isFinite(epoch) ? fill(words.epoch!, { value: epoch.toFixed(2) }) : "",
      Number.isFinite(loss) ? fill(words.loss!, { value: formatNumber(loss) }) : "", this.scaleName(this.reel.limit),
      this.reel.film!.note ?? "", notFinite ? fill(words.not_finite!, { count: notFinite.toLocaleString("en-US") }) : "", waits > 0 ? fill(words.loading!, { count, total: steps.length }) : "",
      damaged.size ? fill(words.damaged!, { steps: [...damaged].slice(0, 3).join(", "), count: damaged.size }) : "", steps.length === 1 ? words.only_one! : "",
      this.controls.isPart() ? fill(words.part!, { shown: this.reel.film!.frames.shape[1]!, total: this.reel.film!.total.reduce((a, b) => a * b, 1) }) : "",
    ].filter(Boolean).join(" · ");
  }

  private scaleName(limit: number): string {
    if (!this.controls.isFixed) return this.data.words.scale_each!;
    return fill(this.data.words.scale_is!, { low: this.reel.signed ? formatNumber(-limit) : "0", high: formatNumber(limit) });
  }

  private point(event: PointerEvent | null): void {
    const found = event && this.stage.valueAt(event), film = this.reel.film, { words } = this.data;
    if (found && film) {
      const { tile, row, column, value } = found, at = { row: row * film.every[0]!, column: column * film.every[1]!, value: formatNumber(value) };
      const [outputs, inputs] = film.total as [number, number], across = film.across;
      this.pointed = film.what === "map" || outputs * inputs === 1 ? fill(words.value_at!, at)
        : fill(words.weight_at!, { ...at, output: inputs > 1 ? Math.floor(tile / across) : tile, input: inputs > 1 ? tile % across : 0 });
    } else this.pointed = "";
    this.paintSoon();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.player.stepBy(-1), ArrowRight: () => this.player.stepBy(1), Home: () => this.go(0), End: () => this.go(this.reel.steps.length - 1),
      " ": () => this.player.toggle(), Escape: () => this.player.stop(), Enter: () => this.store.open("operation"),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]!();
  }

  private get frames(): Frame[] {
    return this.reel.steps.flatMap((_step, place) => this.reel.frameAt(place) ?? []);
  }

  private get name(): string {
    return `film of ${this.reel.film?.node ?? ""} ${this.reel.film?.place.join("-") ?? ""}`.trim();
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    const { film } = this.reel, { look } = this.store;
    if (!film) return;
    if (format !== "npz") return save(sheet(this.frames, film.title, this.scaleName(this.reel.limit), this.tintOf, this.paper), format, this.name);
    const { bytes } = await this.store.ask(this.data.probe, { node: film.node, what: film.what, ...(film.what === "map" && look.unit ? { unit: look.unit } : {}) }, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${this.name}.npz`);
  }

  private async saveVideo(): Promise<void> {
    if (!this.reel.count) return;
    this.video.disabled = true;
    const caption = ({ step, epoch }: Frame) => [fill(this.data.words.side_step!, { step: step.toLocaleString("en-US") }), Number.isFinite(epoch) ? fill(this.data.words.epoch!, { value: epoch.toFixed(2) }) : ""].filter(Boolean).join(" · ");
    await record(this.frames, PER_S * this.player.speed, this.name, caption, this.tintOf, this.paper).catch(() => setText(this.line, this.data.words.unsaved!));
    this.video.disabled = false;
  }

  update(data: PartData): void {
    this.data = data;
    const { words } = data;
    this.paper = makePaper(data.look, getComputedStyle(this.stage.canvas).fontFamily || "sans-serif");
    this.head.update(data);
    this.controls.update(words);
    this.playing.update(words);
    for (const [element, name] of [[this.video, words.save_video!], [this.scrub, words.step!], [this.stage.canvas, words.canvas!], [this.strip.canvas, words.strip!]] as const) {
      element.setAttribute("aria-label", name);
      if (element !== this.stage.canvas && element !== this.strip.canvas) element.title = name;
    }
    this.paintSoon();
  }

  end(): void {
    this.player.stop();
    this.reel.end();
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    this.unwatch();
  }
}
