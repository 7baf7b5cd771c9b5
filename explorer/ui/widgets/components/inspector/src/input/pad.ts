// A pad to draw on in the board's place, white ink on black as in MNIST. The server prepares what is drawn as the network takes it.

import type { PartData } from "../contract";
import { button, make, setText } from "../dom";
import type { Tensor } from "../../../common/tensors";

const SIDE = 140, INK = 10, NEAR = 0.75;  // pixels of the drawing

type Stroke = [number, number][];

let strokes: Stroke[] = [];  // kept while other pages are shown

export class Pad {
  readonly element = make("div", "board-row pad");
  private canvas = make("canvas", "pad-ink");
  private hint = make("div", "pad-hint");
  private undo!: HTMLButtonElement;
  private clear!: HTMLButtonElement;
  private buttons = make("div", "tools");
  private current: { id: number; points: Stroke } | null = null;

  constructor(data: PartData, private drawn: (ink: Tensor) => void) {
    const frame = make("div", "board-frame"), board = make("div", "board");
    frame.append(this.canvas, this.hint);
    board.append(frame);
    this.element.append(board, this.buttons);
    this.canvas.width = this.canvas.height = SIDE * 2;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.extend(event));
    for (const name of ["pointerup", "pointercancel"] as const) this.canvas.addEventListener(name, (event) => this.finish(event));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.update(data);
  }

  update({ words }: PartData): void {
    setText(this.hint, words.pad_hint!);
    this.canvas.setAttribute("aria-label", words.pad!);
    this.undo = button("↶", words.undo!, () => this.change(strokes.slice(0, -1)));
    this.clear = button("✕", words.clear!, () => this.change([]));
    this.buttons.replaceChildren(this.undo, this.clear);
    this.paint();
  }

  // What was drawn before is looked at again.
  resume(): void {
    if (strokes.length) this.drawn(inkOf(strokes));
  }

  private begin(event: PointerEvent): void {
    if (this.current || event.button !== 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.current = { id: event.pointerId, points: [this.place(event)] };
    this.follow();
  }

  private extend(event: PointerEvent): void {
    if (this.current?.id !== event.pointerId) return;
    const { points } = this.current, [x, y] = this.place(event), [lastX, lastY] = points[points.length - 1]!;
    if (Math.hypot(x - lastX, y - lastY) < NEAR) return;
    points.push([x, y]);
    this.follow();
  }

  private finish(event: PointerEvent): void {
    if (this.current?.id !== event.pointerId) return;
    const { points } = this.current;
    this.current = null;
    this.change([...strokes, points]);
  }

  private follow(): void {
    this.paint();
    this.drawn(inkOf([...strokes, this.current!.points]));
  }

  private place(event: PointerEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  private press(event: KeyboardEvent): void {
    if (event.key === "Delete" || event.key === "Backspace") this.change([]);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") this.change(strokes.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private change(next: Stroke[]): void {
    strokes = next;
    this.paint();
    if (strokes.length) this.drawn(inkOf(strokes));
  }

  private paint(): void {
    trace(this.canvas.getContext("2d")!, this.current ? [...strokes, this.current.points] : strokes, 2);
    this.hint.hidden = strokes.length > 0 || this.current !== null;
    this.undo.disabled = this.clear.disabled = !strokes.length;
  }
}

function inkOf(drawn: Stroke[]): Tensor {
  const pen = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true })!;
  trace(pen, drawn, 1);
  const { data } = pen.getImageData(0, 0, SIDE, SIDE);
  return { data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[i * 4]!), shape: [SIDE, SIDE] };
}

// Curves through the midpoints: round where the hand was, without corners at the samples.
function trace(pen: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, drawn: Stroke[], scale: number): void {
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, SIDE, SIDE);
  Object.assign(pen, { lineWidth: INK, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
  for (const points of drawn) {
    pen.beginPath();
    pen.moveTo(...points[0]!);
    for (let i = 1; i + 1 < points.length; i++) {
      const [x, y] = points[i]!, [nextX, nextY] = points[i + 1]!;
      pen.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [x, y] = points[points.length - 1]!;
    pen.lineTo(x + (points.length === 1 ? 0.01 : 0), y);  // a tap leaves a dot: a line of no length is not drawn
    pen.stroke();
  }
}
