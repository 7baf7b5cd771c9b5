// What is around every chart: its title, what is drawn, a note, the buttons, and what a screen reader gets.

import type { LiveData } from "./contract";
import { make } from "./plot";
import { openTable, type Table } from "./table";

const DESCRIBE_MS = 3000;  // a screen reader is not to be interrupted more often

export interface Sign { name: string; color: string; kind: "dot" | "ring" | "dash" | "bar" }

export class Frame {
  readonly root = make("figure", "live-frame");
  readonly body = make("div", "live-body");
  private title = make("b", "live-title");
  private drawn = make("span", "live-drawn");
  private lines = "";  // what the lines are of
  private axis = "";   // the name of the y axis where it has no room beside it
  private note = make("span", "live-note");
  private empty = make("div", "live-empty");
  private spoken = make("div", "live-spoken");
  private legend = make("span", "live-legend");
  private png: HTMLButtonElement;
  private described = -Infinity;

  constructor(private data: LiveData, term: string, title: string, table: () => Table, private canvas: () => HTMLCanvasElement | null) {
    const head = make("div", "live-head"), sub = make("div", "live-sub"), buttons = make("span", "live-buttons");
    buttons.append(button("▤", data.words.table!, () => openTable(this.root, table(), this.data.words)));
    this.png = button("⤓", data.words.png!, () => this.save(this.canvas()));
    buttons.append(this.png);
    const help = data.options.terms?.[term];
    head.append(this.title, ...(help ? [helpButton(help)] : []), buttons);
    sub.append(this.drawn, this.legend, this.note);
    this.body.tabIndex = 0;
    this.body.setAttribute("role", "img");
    this.spoken.setAttribute("aria-live", "polite");
    this.empty.textContent = data.words.waiting!;
    this.body.append(this.empty);
    this.root.append(head, sub, this.body, this.spoken);
    this.name(title);
    this.body.setAttribute("aria-label", `${title}: ${data.words.waiting}`);
  }

  name(title: string, drawn = "", note = ""): void {
    setText(this.title, title);
    setText(this.note, note);
    this.lines = drawn;
    this.explainLines();
  }

  // Names the y axis above the plot.
  nameAxis(axis: string): void {
    this.axis = axis;
    this.explainLines();
  }

  private explainLines(): void {
    setText(this.drawn, [this.axis, this.lines].filter(Boolean).join(" · "));
  }

  // Names beside their signs.
  explain(signs: Sign[]): void {
    const said = JSON.stringify(signs);
    if (this.legend.dataset.signs === said) return;
    this.legend.dataset.signs = said;
    this.legend.replaceChildren(...signs.map(({ name, color, kind }) => {
      const entry = make("span", "", name), sign = make("i", `live-sign-${kind}`);
      sign.style.color = color;
      entry.prepend(sign);
      return entry;
    }));
  }

  fill(isEmpty: boolean): void {
    this.empty.hidden = !isEmpty;
    this.png.hidden = isEmpty || !this.canvas();
  }

  update(data: LiveData): void {
    this.data = data;
  }

  // At once where it is the last word, else every few seconds.
  describe(words: () => string, last = false): void {
    const now = performance.now();
    if (!last && now - this.described < DESCRIBE_MS) return;
    this.described = now;
    this.body.setAttribute("aria-label", words());
  }

  speak(words: string): void {
    setText(this.spoken, words);
  }

  private save(canvas: HTMLCanvasElement | null): void {
    if (!canvas?.width) return;
    const { look } = this.data, ratio = canvas.width / canvas.clientWidth || 1, top = 44 * ratio;
    const paper = make("canvas", ""), ctx = paper.getContext("2d")!;
    [paper.width, paper.height] = [canvas.width, canvas.height + top];
    ctx.fillStyle = look.background;
    ctx.fillRect(0, 0, paper.width, paper.height);
    ctx.drawImage(canvas, 0, top);
    const font = getComputedStyle(this.root).fontFamily;
    ctx.fillStyle = look.text;
    ctx.font = `600 ${15 * ratio}px ${font}`;
    ctx.fillText(this.title.textContent ?? "", 8 * ratio, 20 * ratio);
    ctx.fillStyle = look.muted;
    ctx.font = `${12 * ratio}px ${font}`;
    ctx.fillText(this.drawn.textContent ?? "", 8 * ratio, 38 * ratio);
    const link = make("a", "");
    link.href = paper.toDataURL("image/png");
    link.download = `${(this.title.textContent || "chart").replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}.png`;
    link.click();
  }
}

function helpButton(words: string): HTMLButtonElement {
  const made = make("button", "live-help", "?");
  made.type = "button";
  made.dataset.tip = words;
  made.setAttribute("aria-label", words);
  return made;
}

function button(icon: string, name: string, act: () => void): HTMLButtonElement {
  const made = make("button", "live-button", icon);
  made.type = "button";
  made.title = name;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}

function setText(element: HTMLElement, words: string): void {
  if (element.textContent === words) return;
  element.textContent = words;
  element.title = element.className === "live-spoken" ? "" : words;
}
