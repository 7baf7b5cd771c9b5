// The input as the network takes it, large, with the brush: what is painted is looked at in the same frame.

import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import type { PartData } from "../contract";
import { sizeOf, type Size, stroke, toDifference, toImage } from "./pixels";

export interface Brush { erases: boolean; size: number; ink: number[]; paper: number[] }

const MOST_UNDONE = 60;

export class Board {
  readonly element = make("div", "board");
  private canvas = make("canvas", "board-pixels");
  private cursor = make("div", "board-cursor");
  private said = make("div", "board-said");
  private shown: Tensor | null = null;
  private isDifference = false;
  private size: Size = { channels: 1, height: 1, width: 1 };
  private last: [number, number] | null = null;
  private at: [number, number] = [0, 0];
  private pointer: number | null = null;
  private undone: Tensor[] = [];

  constructor(private data: PartData, private brush: Brush, private painted: (pixels: Tensor) => void, private undoable: (can: boolean) => void) {
    const frame = make("div", "board-frame");
    frame.append(this.canvas, this.cursor);
    this.element.append(frame, this.said);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.said.setAttribute("aria-live", "polite");
    this.cursor.hidden = true;
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"] as const) this.canvas.addEventListener(name, (event) => this.finish(event));
    this.canvas.addEventListener("pointerleave", () => this.pointer ?? setText(this.said, ""));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("blur", () => (this.cursor.hidden = true));
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    this.canvas.setAttribute("aria-label", data.words.board!);
    const { height, width } = sizeOf(data.options.image);
    this.canvas.style.aspectRatio = `${width} / ${height}`;
    if (this.shown) this.paint();
  }

  // `values` has the shape of the network's input; `shape` that of its image.
  show(values: Tensor, shape: number[], isDifference: boolean): void {
    this.shown = values;
    this.size = sizeOf(shape);
    this.isDifference = isDifference;
    this.paint();
  }

  forgetUndo(): void {
    this.undone = [];
    this.undoable(false);
  }

  undo(): void {
    const before = this.undone.pop();
    this.undoable(this.undone.length > 0);
    if (before) this.change(before);
  }

  private paint(): void {
    const { canvas, size } = this, pen = canvas.getContext("2d")!;
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, { width: size.width, height: size.height });
    const values = this.shown!.data;
    pen.putImageData(this.isDifference ? toDifference(values, size, this.data.look.diverging, pen) : toImage(values, size, pen), 0, 0);
  }

  private change(pixels: Tensor): void {
    this.shown = pixels;
    this.paint();
    this.painted(pixels);
  }

  private begin(event: PointerEvent): void {
    if (this.pointer !== null || event.button !== 0 || this.isDifference || !this.shown) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.remember();
    this.last = this.place(event);
    this.draw(this.last);
  }

  private move(event: PointerEvent): void {
    const place = this.place(event);
    this.sayValue(Math.floor(place[0]), Math.floor(place[1]));
    if (this.pointer === event.pointerId) this.draw(place);
  }

  private finish(event: PointerEvent): void {
    if (this.pointer === event.pointerId) this.pointer = this.last = null;
  }

  private remember(): void {
    this.undone = [...this.undone.slice(-MOST_UNDONE), this.shown!];
    this.undoable(true);
  }

  private draw(to: [number, number]): void {
    const { erases, size, ink, paper } = this.brush;
    this.change(stroke(this.shown!, this.size, this.last ?? to, to, size / 2, erases ? paper : ink));
    this.last = to;
  }

  private place(event: PointerEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.size.width, ((event.clientY - box.top) / box.height) * this.size.height];
  }

  private press(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step) this.walk(step);
    else if (event.key === " " || event.key === "Enter") this.dot();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") this.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private walk([dx, dy]: [number, number]): void {
    const { width, height } = this.size;
    this.at = [Math.min(Math.max(this.at[0] + dx, 0), width - 1), Math.min(Math.max(this.at[1] + dy, 0), height - 1)];
    Object.assign(this.cursor.style, {
      left: `${(this.at[0] / width) * 100}%`, top: `${(this.at[1] / height) * 100}%`, width: `${100 / width}%`, height: `${100 / height}%`,
    });
    this.cursor.hidden = false;
    this.sayValue(...this.at);
  }

  private dot(): void {
    if (this.isDifference || !this.shown) return;
    this.remember();
    this.last = null;
    this.draw([this.at[0] + 0.5, this.at[1] + 0.5]);
    this.last = null;
    this.sayValue(...this.at);
  }

  private sayValue(x: number, y: number): void {
    const { channels, height, width } = this.size;
    if (x < 0 || y < 0 || x >= width || y >= height || !this.shown) return;
    const values = Array.from({ length: channels }, (_, c) => formatNumber(this.shown!.data[c * height * width + y * width + x]!, 3));
    setText(this.said, fill(this.data.words.pixel!, { row: y, column: x, value: values.join(", ") }));
  }
}
