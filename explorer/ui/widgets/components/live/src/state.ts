// The run's state in one line, how far it has come, and the switch between epochs and steps.

import type { LiveData, Meta } from "./contract";
import type { News } from "./feed";
import { bytesText, clock, fill, formatNumber, whole } from "../../common/numbers";
import { paintNever, paintSoon } from "./paint";
import type { MakePart, Part, Trigger } from "./part";
import { make } from "./plot";
import { setUnit, sharedOf, unit, type Unit } from "./shared";

class State implements Part {
  private line = make("div", "live-state");
  private word = make("b", "live-word");
  private facts = make("span", "live-facts");
  private bar = make("div", "live-progress");
  private done = make("div", "live-done");
  private below = make("div", "live-below");
  private buttons: [Unit, HTMLButtonElement][];
  private news: News | null = null;
  private known: string | undefined;
  private forget: () => void;

  constructor(private host: HTMLElement, private data: LiveData, private trigger: Trigger) {
    this.known = data.options.known;
    this.buttons = (["epochs", "steps"] as const).map((name) => [name, this.choice(name)]);
    const choices = make("span", "live-switch");
    choices.setAttribute("role", "group");
    choices.setAttribute("aria-label", data.words.x_axis!);
    choices.append(...this.buttons.map(([, button]) => button));
    this.bar.setAttribute("role", "progressbar");
    this.bar.append(this.done);
    const words = make("span", "live-words");
    words.append(this.word, this.facts);
    this.line.append(words, choices);
    this.below.setAttribute("role", "status");
    host.append(this.line, this.bar, this.below);
    this.forget = sharedOf(data.run).listen((change) => { if (change === "axis") this.paint(); });
    this.paint();
  }

  receive(news: News): void {
    const isNew = news.numbers !== this.news?.numbers || news.line !== this.news?.line;
    this.news = news;
    if (!isNew) return;  // a view came: the page need not be laid out again
    const state = news.line === "gone" ? "gone" : news.numbers?.meta.state;
    if (state && this.known !== undefined && state !== this.known) this.trigger("state", state);
    this.known = state ?? this.known;
    paintSoon(this, this.data.part, () => this.paint());
  }

  update(data: LiveData): void {
    this.data = data;
    this.known = data.options.known ?? this.known;
    paintSoon(this, data.part, () => this.paint());
  }

  end(): void {
    paintNever(this);
    this.forget();
    for (const part of [this.line, this.bar, this.below]) part.remove();
  }

  private choice(name: Unit): HTMLButtonElement {
    const button = make("button", "live-choice", this.data.words[name]!);
    button.type = "button";
    button.addEventListener("click", () => setUnit(name));
    return button;
  }

  private paint(): void {
    const { news, data } = this, meta = news?.numbers?.meta;
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String(name === unit()));
    const { icon, color } = (meta && data.states[meta.state]) ?? { icon: "○", color: data.look.muted };
    this.word.style.color = color;
    this.word.textContent = meta ? `${icon} ${meta.state_word}` : data.run ? `○ ${data.words.waiting}` : "";
    this.facts.textContent = meta ? this.factsOf(meta) : "";
    const share = meta?.total_steps ? Math.min(1, meta.step / meta.total_steps) : 0;
    this.done.style.transform = `scaleX(${share})`;
    this.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    this.bar.setAttribute("aria-label", data.words.progress!);
    const [sentence, isWarning] = this.sentence();
    this.below.textContent = sentence || (meta ? this.detailsOf(meta) : "");
    this.below.classList.toggle("live-warning", isWarning && sentence !== "");
    this.host.dataset.state = news?.line === "gone" ? "gone" : meta?.state ?? "";
    this.host.dataset.line = news?.line ?? "waiting";
    this.host.dataset.lastStep = String(meta?.step ?? 0);
  }

  // What one looks at first: how far, how long still, how fast.
  private factsOf(meta: Meta): string {
    const { words } = this.data, { samples_per_s, left_s } = meta;
    return joined([
      meta.epochs ? fill(words.fact_epoch!, { epoch: whole(meta.epoch), epochs: whole(meta.epochs) }) : "",
      left_s === null || !meta.is_live ? "" : fill(words.fact_left!, { time: clock(left_s) }),
      samples_per_s ? fill(words.fact_samples!, { count: speed(samples_per_s) }) : "",
    ]);
  }

  private detailsOf(meta: Meta): string {
    const { words } = this.data, { learning_rate, steps_per_s, memory_bytes } = meta;
    return joined([
      fill(meta.total_steps ? words.fact_step! : words.fact_steps!, { step: whole(meta.step), total: whole(meta.total_steps) }),
      learning_rate === null ? "" : fill(words.fact_rate!, { rate: formatNumber(learning_rate, 3) }),
      steps_per_s ? fill(words.fact_speed!, { count: speed(steps_per_s) }) : "",
      memory_bytes ? fill(words.fact_memory!, { memory: bytesText(memory_bytes) }) : "",
    ]);
  }

  private sentence(): [string, boolean] {
    const { news, data: { words } } = this;
    switch (news?.line) {
      case "gone": return [news.sentence || words.gone!, true];
      case "refused": return [news.sentence || words.refused!, true];
      case "outdated": return [words.outdated!, true];
      case "reconnecting": return [words.reconnecting!, false];
      default: return [news?.numbers?.meta.reason ?? "", true];
    }
  }
}

const joined = (parts: string[]): string => parts.filter(Boolean).join(" · ");
const speed = (count: number): string => (count < 10 ? formatNumber(count, 2) : whole(count));

export const makeState: MakePart = (host, data, trigger) => new State(host, data, trigger);
