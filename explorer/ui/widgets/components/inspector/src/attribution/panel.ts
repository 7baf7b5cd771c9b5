// One method: its name and options, its picture, what it adds up to, and how far that is off.

import type { PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import { makePaper, type Paper } from "../operation/paper";
import { paintOn } from "../scene";
import type { Store } from "../store";
import { Asking, type Wanted } from "./asking";
import { choices } from "./choices";
import { type Attribution, hoverOf, isMarked, type Method } from "./contract";
import { Foot } from "./foot";
import { OptionsForm } from "./form";
import { type Drawing, drawPanel, LEGEND_PX } from "./picture";
import { spotAt, valueAt } from "./spot";

export interface Acts { changed(): void; close(method: string): void; key(event: KeyboardEvent): void }
export interface Frame { data: PartData; picture: Tensor; names: string[]; limit: number; heightPx: number }

export class Panel {
  readonly element = make("section", "attribution-panel");
  readonly asking: Asking;
  private readonly title = make("b", "attribution-title");
  private readonly gear = button("⚙", "", () => this.form.toggle());
  private readonly shut = button("×", "", () => this.acts.close(this.method.name));
  private readonly form: OptionsForm;
  private readonly stage = make("div", "attribution-stage");
  private readonly canvas = make("canvas", "attribution-canvas");
  private readonly notice = make("div", "attribution-notice");
  private readonly said = make("p");
  private readonly compute = button("", "", () => void this.asking.start());
  private readonly bar = make("div", "attribution-bar");
  private readonly stop = button("", "", () => this.asking.cancel());
  private readonly foot = new Foot(() => choices.choose({ prepared: true }));
  private frame: Frame | null = null;

  constructor(store: Store, network: string, public method: Method, private readonly acts: Acts) {
    this.asking = new Asking(store, method.name, () => acts.changed());
    this.form = new OptionsForm(network);
    const head = make("div", "attribution-head");
    this.element.dataset.method = method.name;
    head.append(this.title, this.gear, this.shut);
    this.notice.append(this.said, this.bar, this.compute, this.stop);
    this.stage.append(this.canvas, this.notice);
    this.element.append(head, this.form.element, this.stage, this.foot.element);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("pointermove", (event) => choices.point(this.spot(event)));
    this.canvas.addEventListener("pointerleave", () => choices.point(null));
    this.canvas.addEventListener("click", (event) => choices.pin(this.spot(event)));
    this.canvas.addEventListener("keydown", (event) => acts.key(event));
  }

  get found(): Attribution | null {
    return this.method.refused ? null : this.asking.found;
  }

  want(wanted: Wanted): void {
    if (this.method.refused) this.asking.leave();
    else this.asking.want(wanted);
  }

  get summary(): string {
    return this.foot.saying;
  }

  // At a place of the input; empty without a picture.
  saying(): string {
    const { spot } = choices, value = spot && this.found && this.frame ? valueAt(this.found, this.frame.picture, choices.chosen, spot) : NaN;
    return this.found && spot ? `${this.method.title} ${formatNumber(value, 3)}` : "";
  }

  show(frame: Frame): void {
    this.frame = frame;
    const { data: { words } } = frame, { method, asking, found } = this, { spot } = choices;
    setText(this.title, method.title);
    this.title.title = hoverOf(method);
    this.gear.hidden = !method.options.length;
    this.gear.title = fill(words.options!, { method: method.title });
    this.gear.setAttribute("aria-label", this.gear.title);
    this.shut.title = fill(words.remove!, { method: method.title });
    this.shut.setAttribute("aria-label", this.shut.title);
    this.form.show(method, words);
    this.stage.style.height = `${frame.heightPx}px`;
    this.notify(frame);
    this.paint();
    this.foot.show(found, { words, look: frame.data.look, method, isMeasuring: asking.isMeasuring, isStale: asking.isStale, value: found && spot ? valueAt(found, frame.picture, choices.chosen, spot) : null });
  }

  drawing(): Drawing | null {
    const { found, frame } = this;
    return found && frame && { found, picture: frame.picture, names: frame.names, limit: frame.limit, chosen: choices.chosen, spot: choices.spot, isWrong: isMarked(found, this.asking.isMeasuring) };
  }

  private notify({ data: { words } }: Frame): void {
    const { state, costS } = this.asking, { refused } = this.method, about = costS < 1 ? "1" : formatNumber(costS, 2);
    const sentence = refused || { sentence: this.asking.sentence, failed: words.failed!, waiting: "", asking: words.waiting!, idle: words.waiting!, shown: "" }[state];
    const isLong = state === "asking" && costS > 1, isShort = state === "asking" && !isLong && this.found !== null;
    setText(this.said, isShort ? "" : sentence);
    setText(this.compute, fill(words.compute!, { seconds: about }));
    setText(this.stop, words.cancel!);
    this.compute.hidden = Boolean(refused) || state !== "waiting";
    this.bar.hidden = this.stop.hidden = Boolean(refused) || !isLong;
    if (this.bar.hidden) this.bar.replaceChildren();
    else if (!this.bar.firstChild) this.fillBar(costS);
    this.notice.hidden = !refused && (state === "shown" || isShort);
    this.canvas.hidden = !this.found;
    this.element.classList.toggle("stale", this.found !== null && (this.asking.isStale || state === "waiting") && !isShort);
    this.element.dataset.state = refused ? "refused" : this.asking.isMeasuring ? "measuring" : state;
  }

  // As long as it takes, about; nobody knows how far it is.
  private fillBar(seconds: number): void {
    const filled = make("i");
    filled.style.animationDuration = `${seconds}s`;
    this.bar.append(filled);
  }

  private paint(): void {
    const drawing = this.drawing(), width = this.stage.clientWidth, height = this.frame!.heightPx;
    if (!drawing || !width) return;
    const paper = this.paper();
    paintOn(this.canvas, { width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes: drawPanel(drawing, { x: 1, y: 2, width: width - 2, height: height - 2 }, paper) });
    this.canvas.setAttribute("aria-label", `${this.method.title}. ${this.foot.saying}`);
  }

  paper(): Paper & { problem: string } {
    const { look } = this.frame!.data;
    return { ...makePaper(look, getComputedStyle(this.canvas).fontFamily), problem: look.problem.color };
  }

  private spot(event: MouseEvent) {
    const { found, frame } = this, box = this.canvas.getBoundingClientRect(), scale = frame?.data.look.scale ?? 1;
    const inner = { x: 1, y: 2, width: this.stage.clientWidth - 2, height: (frame?.heightPx ?? 0) - 2 - LEGEND_PX * scale };
    return found && frame ? spotAt(found, frame.picture, frame.names, choices.chosen, inner, scale, event.clientX - box.left, event.clientY - box.top) : null;
  }

  end(): void {
    this.asking.end();
    this.element.remove();
  }
}
