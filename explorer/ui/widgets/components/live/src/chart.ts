// A chart over steps in its frame: it is painted once a frame, resized with the page, and has a cursor for the keyboard.

import type { LiveData } from "./contract";
import { Frame } from "./frame";
import { paintNever, paintSoon } from "./paint";
import { nearestIndex, Plot, type Scene } from "./plot";
import type { Shared } from "./shared";
import type { Table } from "./table";

export interface Drawn { scene: (heightPx: number) => Scene; description: () => string; step: number; last: boolean; isEmpty: boolean }

const LETTER_PX = 7, AXIS_PX = 50;

export class Chart {
  readonly frame: Frame;
  private plot: Plot | null = null;
  private made = "";  // for which scale and look the plot was made
  private drawn: Drawn | null = null;
  private scene: Scene | null = null;
  private look: string;
  private pointed: (valueY: number | null) => void = () => {};
  private size = { width: 0, height: 0 };  // as last observed: asking for it would lay the page out
  private resized = new ResizeObserver(([entry]) => this.fit(entry!.contentRect));

  constructor(private data: LiveData, private shared: Shared, term: string, title: string, table: () => Table, private padRight: number) {
    this.look = JSON.stringify(data.look);
    this.frame = new Frame(data, term, title, table, () => this.plot?.canvas ?? null);
    this.frame.body.addEventListener("keydown", (event) => this.key(event));
    this.frame.body.addEventListener("blur", () => shared.point(null));
    this.resized.observe(this.frame.body);
  }

  show(drawn: Drawn): void {
    this.drawn = drawn;
    paintSoon(this, this.data.part, () => this.paint());
  }

  // Something that a pointer reads changed, not the picture.
  refer(pointed: (valueY: number | null) => void): void {
    this.pointed = pointed;
  }

  private paint(): void {
    const { drawn, frame, size } = this;
    if (!drawn || !size.width || !size.height) return;
    const whole = drawn.scene(size.height), fits = whole.yTitle.length * LETTER_PX * this.data.look.scale <= size.height - this.data.look.scale * AXIS_PX;
    const scene = fits ? whole : { ...whole, yTitle: "" };
    frame.nameAxis(fits ? "" : whole.yTitle);
    const made = `${scene.log} ${this.look}`;
    this.scene = scene;
    if (made !== this.made) {
      this.plot?.end();
      this.plot = null;
      this.made = made;
    }
    if (this.plot) this.plot.show(scene);
    else {
      const words = { epoch: this.data.words.epoch!, step: this.data.words.step! };
      this.plot = new Plot(frame.body, this.data.look, words, this.shared, scene, this.padRight, size,
                           () => this.pointed(this.plot?.pointerY ?? null));
    }
    frame.fill(drawn.isEmpty);
    frame.body.dataset.lastStep = String(drawn.step);
    if (!drawn.isEmpty) frame.describe(drawn.description, drawn.last);
  }

  private fit({ width, height }: DOMRectReadOnly): void {
    this.size = { width: Math.floor(width), height: Math.floor(height) };
    this.plot?.resize(this.size);
    if (this.drawn) this.show(this.drawn);
  }

  private key(event: KeyboardEvent): void {
    const { scene } = this, points = scene?.points;
    if (!scene || !points?.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = points.length - 1, { cursor } = this.shared, at = cursor === null ? -1 : nearestIndex(points, cursor);
    const to = ({ ArrowRight: at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last, PageDown: at + 10,
                  PageUp: at - 10 } as Record<string, number>)[event.key];
    if (event.key === "Escape") this.shared.zoomTo(null);
    if (to === undefined) return;
    event.preventDefault();
    this.shared.point(points[Math.max(0, Math.min(last, to))]!);
    this.readAgain();
  }

  // Aloud, and at the cursor.
  readAgain(): void {
    const step = this.shared.cursor;
    if (!this.scene || step === null) return;
    this.plot?.placeCursor();
    const lines = this.scene.read(step).map(({ name, value }) => `${name} ${value}`);
    this.frame.speak([this.plot?.xText(step) ?? "", ...lines].join(", "));
  }

  update(data: LiveData): void {
    this.data = data;
    this.look = JSON.stringify(data.look);
    this.frame.update(data);
    if (this.drawn) this.show(this.drawn);
  }

  end(): void {
    paintNever(this);
    this.resized.disconnect();
    this.plot?.end();
    this.frame.root.remove();
  }
}
