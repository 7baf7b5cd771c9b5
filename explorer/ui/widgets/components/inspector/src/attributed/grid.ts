// Rows of samples side by side and below each other, each a button; what is under the pointer in words below.

import type { PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { makePaper } from "../operation/paper";
import { paintOn, type Scene, type Shape } from "../scene";
import { isMap, limitsOf, placeOf, type Row, type Scale, valueAt } from "./contract";
import { layRow, type RowLayout, valueUnder } from "./layout";
import { answerOf, drawHead, drawRow, type Ink } from "./picture";

const GAP_PX = 10, EDGE_PX = 4, SCROLL_PX = 12;  // an edge: of a button, both sides

interface Drawn { row: Row; element: HTMLButtonElement; canvas: HTMLCanvasElement; layout: RowLayout }

export class Grid {
  readonly element = make("div", "attributed-grid");
  readonly line = make("p", "inspector-line");
  private readonly note = make("p", "attributed-note");
  private readonly observer = new ResizeObserver(() => this.paintSoon());
  private rows: Row[] = [];
  private drawn: Drawn[] = [];
  private heads: HTMLCanvasElement[] = [];
  private scaled: Scale = "method";
  private marked: number | null = null;
  private waiting = 0;

  constructor(private data: PartData, private readonly act: (row: Row) => void) {
    this.element.setAttribute("role", "group");
    this.observer.observe(this.element);
    this.element.append(this.note);
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    this.element.setAttribute("aria-label", data.words.rows!);
    setText(this.line, data.words.hint!);
    this.paintSoon();
  }

  // A sentence takes the place of rows that are not there.
  show(rows: Row[], sentence: string, isDone: boolean): void {
    this.rows = rows;
    this.element.classList.toggle("waiting", !isDone);
    const refused = rows[0]?.rows.refused.filter(Boolean) ?? [], first = rows[0]?.rows;
    this.tell(sentence || [...new Set(refused), first?.note ?? ""].filter(Boolean).join(" "));
    this.drawn = [];
    this.element.replaceChildren(this.note);
    this.paintSoon();
  }

  tell(sentence: string): void {
    setText(this.note, sentence);
    this.note.hidden = !sentence;
  }

  scale(scale: Scale): void {
    this.scaled = scale;
    this.paintSoon();
  }

  mark(place: number | null): void {
    this.marked = place;
    for (const { row, element } of this.drawn) element.setAttribute("aria-pressed", String(placeOf(row) === place));
  }

  private paintSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  private get ink(): Ink {
    const { look, words } = this.data;
    return { paper: makePaper(look, getComputedStyle(this.element).fontFamily), words, problem: look.problem.color, valid: look.valid.color };
  }

  private paint(): void {
    this.waiting = 0;
    const room = this.element.clientWidth - SCROLL_PX;
    if (room <= 0 || !this.rows.length) return;
    const { ink } = this, layouts = this.rows.map((row) => layRow(row, room - EDGE_PX, this.data.look.scale)), [first] = layouts;
    const width = first!.width + EDGE_PX, columns = Math.max(1, Math.floor((room + GAP_PX) / (width + GAP_PX)));
    this.element.style.gridTemplateColumns = `repeat(${columns}, ${width}px)`;
    if (this.drawn.length !== this.rows.length) this.build(layouts);
    this.paintHeads(first!, columns, ink);
    this.drawn.forEach((each, n) => {
      each.layout = layouts[n]!;
      paintOn(each.canvas, drawRow(each.row, each.layout, limitsOf(this.rows, this.scaled, each.row), ink));
    });
  }

  private paintHeads(layout: RowLayout, columns: number, ink: Ink): void {
    const [row] = this.rows as [Row], count = row.rows.kind === "tokens" ? 0 : columns;  // a text's lines name their methods
    if (this.heads.length !== count || (count && !this.heads[0]!.isConnected)) {
      for (const head of this.heads) head.remove();
      this.heads = Array.from({ length: count }, () => make("canvas", "attributed-head"));
      this.note.after(...this.heads);
    }
    this.heads.forEach((head, n) => { head.style.visibility = n < this.rows.length ? "visible" : "hidden"; });
    const limits = this.scaled === "each" ? null : limitsOf(this.rows, this.scaled, row);
    for (const head of this.heads) paintOn(head, drawHead(row, layout, limits, ink));
  }

  private build(layouts: RowLayout[]): void {
    this.drawn = this.rows.map((row, n) => {
      const element = make("button", "attributed-row"), canvas = make("canvas"), made = { row, element, canvas, layout: layouts[n]! };
      element.type = "button";
      element.dataset.place = String(placeOf(row));
      element.setAttribute("aria-label", this.nameOf(row));
      element.append(canvas);
      element.addEventListener("click", () => this.act(row));
      canvas.addEventListener("pointermove", (event) => this.point(made, event));
      canvas.addEventListener("pointerleave", () => setText(this.line, this.data.words.hint!));
      return made;
    });
    this.element.append(...this.drawn.map(({ element }) => element));
    this.mark(this.marked);
  }

  private nameOf(row: Row): string {
    const { words } = this.data, { answer, sure, isWrong } = answerOf(row, words), named = { place: placeOf(row), predicted: answer, sure };
    const said = fill(sure ? words.row_sure! : words.row!, named);
    return isWrong ? fill(words.row_wrong!, { row: said, expected: row.rows.expected[row.at]! }) : said;
  }

  private point({ row, canvas, layout }: Drawn, event: MouseEvent): void {
    const box = canvas.getBoundingClientRect(), found = valueUnder(row, layout, event.clientX - box.left, event.clientY - box.top), { words } = this.data;
    if (!found) return setText(this.line, words.hint!);
    const { method, index } = found, { rows, at } = row, maps = rows.maps[method]!, columns = maps.shape[2] ?? 1;
    const named = { title: rows.titles[method]!, place: placeOf(row), value: formatNumber(valueAt(row, method, index)), row: Math.floor(index / columns), column: index % columns };
    const name = rows.tokens[at]?.[index] ?? rows.names[index] ?? String(index);
    setText(this.line, isMap(maps) ? fill(words.value_map!, named) : fill(words.value_named!, { ...named, name }));
  }

  // The whole page as one picture.
  scene(): Scene {
    const origin = this.element.getBoundingClientRect(), { ink } = this, head = this.heads.length ? limitsOf(this.rows, this.scaled, this.rows[0]!) : null;
    const placed = [...this.heads.map((canvas): [HTMLElement, Scene] => [canvas, drawHead(this.rows[0]!, this.drawn[0]!.layout, this.scaled === "each" ? null : head, ink)]),
      ...this.drawn.map(({ row, canvas, layout }): [HTMLElement, Scene] => [canvas, drawRow(row, layout, limitsOf(this.rows, this.scaled, row), ink)])];
    const shapes = placed.flatMap(([canvas, { shapes: own }]) => {
      const { left, top } = canvas.getBoundingClientRect();
      return own.map((shape) => moved(shape, left - origin.left, top - origin.top + this.element.scrollTop));
    });
    return { width: this.element.clientWidth, height: this.element.scrollHeight, background: ink.paper.background, font: ink.paper.font, scale: ink.paper.scale, shapes };
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
  }
}

function moved(shape: Shape, x: number, y: number): Shape {
  if (shape.kind === "path") return shape;
  const placed = { ...shape, x: shape.x + x, y: shape.y + y };
  return placed.kind === "line" ? { ...placed, toX: placed.toX + x, toY: placed.toY + y } : placed;
}
