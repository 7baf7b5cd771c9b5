// A row of samples that scrolls sideways; only those in view are elements. Arrows walk, the wheel scrolls.

import { make } from "../dom";

const MARGIN = 4;  // cells beyond either edge

export interface Cell { className: string; label: string; fill: (element: HTMLElement) => void }

export class Reel {
  readonly element = make("div", "reel");
  private row = make("div", "reel-row");
  private cells = new Map<number, HTMLElement>();  // by position
  private places: number[] = [];
  private chosen: number | null = null;
  private frame = 0;

  constructor(private cellPx: number, name: string, private cell: (place: number) => Cell, private pick: (place: number) => void,
    private seen: (places: number[]) => void) {
    this.element.append(this.row);
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-orientation", "horizontal");
    this.element.setAttribute("aria-label", name);
    this.element.addEventListener("scroll", () => this.later(), { passive: true });
    this.element.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.click(event));
    this.observer = new ResizeObserver(() => this.later());
    this.observer.observe(this.element);
  }

  private observer: ResizeObserver;

  resize(cellPx: number): void {
    this.cellPx = cellPx;
    this.refill();
  }

  show(places: number[], reveals = true): void {
    this.places = places;
    this.refill();
    if (reveals) this.reveal();
  }

  mark(place: number | null): void {
    const moved = place !== this.chosen;
    this.chosen = place;
    if (moved) this.reveal();
    this.refill();
  }

  // Everything in view is written again: another answer, a picture that came.
  refill(): void {
    for (const cell of this.cells.values()) cell.remove();
    this.cells.clear();
    this.row.style.width = `${this.places.length * this.cellPx}px`;
    this.later();
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
  }

  private later(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.fill();
    });
  }

  private fill(): void {
    const { scrollLeft, clientWidth } = this.element;
    const from = Math.max(0, Math.floor(scrollLeft / this.cellPx) - MARGIN);
    const to = Math.min(this.places.length, Math.ceil((scrollLeft + clientWidth) / this.cellPx) + MARGIN);
    for (const [position, cell] of this.cells) {
      if (position < from || position >= to) { cell.remove(); this.cells.delete(position); }
    }
    for (let position = from; position < to; position++) if (!this.cells.has(position)) this.add(position);
    this.seen(this.places.slice(from, to));
  }

  private add(position: number): void {
    const place = this.places[position]!, { className, label, fill } = this.cell(place), made = make("div", `sample ${className}`);
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(place === this.chosen));
    made.setAttribute("aria-setsize", String(this.places.length));
    made.setAttribute("aria-posinset", String(position + 1));
    made.setAttribute("aria-label", label);
    made.id = `sample-${place}`;
    made.title = label;
    made.dataset.place = String(place);
    made.style.left = `${position * this.cellPx}px`;
    made.style.width = `${this.cellPx}px`;
    fill(made);
    this.cells.set(position, made);
    this.row.append(made);
    if (place === this.chosen) this.element.setAttribute("aria-activedescendant", made.id);
  }

  private reveal(): void {
    const position = this.chosen === null ? -1 : this.places.indexOf(this.chosen);
    if (position < 0) return;
    const left = position * this.cellPx, { scrollLeft, clientWidth } = this.element;
    if (left < scrollLeft || left + this.cellPx > scrollLeft + clientWidth) {
      this.element.scrollLeft = left - (clientWidth - this.cellPx) / 2;
    }
  }

  private turn(event: WheelEvent): void {
    const room = this.element.scrollWidth - this.element.clientWidth, along = event.deltaY || event.deltaX;
    if (event.ctrlKey || room <= 0) return;
    const next = Math.min(Math.max(this.element.scrollLeft + along, 0), room);
    if (next === this.element.scrollLeft) return;  // at an end the page scrolls
    event.preventDefault();
    this.element.scrollLeft = next;
  }

  private press(event: KeyboardEvent): void {
    const last = this.places.length - 1, now = this.chosen === null ? -1 : this.places.indexOf(this.chosen);
    const page = Math.max(1, Math.floor(this.element.clientWidth / this.cellPx) - 1);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.pick(this.places[Math.min(Math.max(to, 0), last)]!);
  }

  private click(event: MouseEvent): void {
    const place = (event.target as HTMLElement).closest<HTMLElement>("[data-place]")?.dataset.place;
    if (place !== undefined) this.pick(Number(place));
  }
}
