// The picture on its canvas, and what the pointer and the keyboard do there.

import type { PartData } from "../contract";
import { make } from "../dom";
import { explain, isExplained, unitsReading } from "../rules";
import { scalar, unravel } from "../rules/arrays";
import type { Explanation, Operation } from "../rules/contract";
import { paint, type Scene } from "../scene";
import type { Arithmetic, Term } from "./arithmetic";
import { termLine } from "./tables";
import { Board, type Hit } from "./board";
import { makePaper } from "./paper";
import { drawPicture } from "./picture";
import { placeOf, strongest, unitAt } from "./unit";

export class View {
  readonly canvas = make("canvas", "operation-canvas");
  operation: Operation | null = null;
  pinned: number[] | null = null;
  shown = Infinity;            // steps of the arithmetic that are drawn
  exact: Explanation | null = null;  // the server's arithmetic of one unit
  scene: Scene | null = null;
  cost = 0;                    // ms of the last painting
  onPin: (unit: number[] | null) => void = () => {};
  onPaint: (explanation: Explanation) => void = () => {};
  private hovered: number | null = null;
  private source: { operand: number; flat: number } | null = null;
  private term: Term | null = null;
  private pages: number[] = [];
  private board: Board | null = null;
  private boardKey = "";
  private tile = 0;
  private arithmetic: Arithmetic | null = null;
  private asked = false;
  private kept: { operation: Operation; flat: number; explanation: Explanation } | null = null;

  constructor(private data: PartData) {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.point(offsetX, offsetY));
    this.canvas.addEventListener("pointerleave", () => this.leave());
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.click(offsetX, offsetY));
  }

  update(data: PartData): void {
    this.data = data;
    this.boardKey = "";
    this.paintSoon();
  }

  show(operation: Operation | null): void {
    const same = operation?.node === this.operation?.node && String(operation?.output.values.shape) === String(this.operation?.output.values.shape);
    if (!same) [this.pages, this.hovered, this.source, this.term, this.shown] = [[], null, null, null, Infinity];
    [this.operation, this.exact, this.boardKey] = [operation, operation?.unit ?? null, ""];
    if (!this.pinned && this.exact) this.pinned = this.exact.unit;
    this.paintSoon();
  }

  // The unit that is drawn, as a flat place of the output.
  get flat(): number {
    const operation = this.operation!;
    return this.hovered ?? placeOf(this.pinned, operation) ?? strongest(operation);
  }

  explanation(): Explanation {
    const operation = this.operation!, { flat } = this;
    if (this.kept?.operation !== operation || this.kept.flat !== flat) this.kept = { operation, flat, explanation: this.reckon(operation, flat) };
    return this.kept.explanation;
  }

  private reckon(operation: Operation, flat: number): Explanation {
    const unit = this.unitOf(operation, flat);
    if (isExplained(operation, unit)) return explain(operation, unit);
    if (this.exact && String(this.exact.unit) === String(unit)) return this.exact;
    const value = operation.output.values.data[flat]!;
    return { unit, value, model_value: value, windows: [], steps: [{ title: operation.is_reduced ? "about" : "Result", values: scalar(value), formula: "", axes: [], operand: -1 }], line: "" };
  }

  // The pinned one itself where its place stands for several units.
  private unitOf(operation: Operation, flat: number): number[] {
    return this.hovered === null && placeOf(this.pinned, operation) === flat ? this.pinned! : unitAt(flat, operation);
  }

  // The written line: of the hovered place of the arithmetic, of the last step that is drawn, or of all.
  line(): string {
    const explanation = this.explanation(), written = this.term && termLine(explanation, this.term);
    const last = explanation.steps[this.shown - 1];
    return written || (last && this.shown < explanation.steps.length && last.formula) || explanation.line;
  }

  // The server's arithmetic of the unit that is looked at.
  learn(explanation: Explanation): void {
    [this.exact, this.kept] = [explanation, null];
    this.paintSoon();
  }

  paintSoon(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.paint(); });
  }

  private paint(): void {
    const start = performance.now(), { canvas, data } = this, width = canvas.clientWidth, height = canvas.clientHeight;
    const ratio = devicePixelRatio;
    if (!this.operation || !width || !height) return;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    const paper = makePaper(data.look, getComputedStyle(canvas).fontFamily), explanation = this.explanation(), { flat } = this;
    const board = this.boardFor(width, height, flat), { source } = this;
    const shape = source && this.operation.operands[source.operand]!.values.shape;
    const fed = source && unitsReading(this.operation, source.operand, unravel(source.flat, shape!));
    const drawn = drawPicture(board, { explanation, flat, shown: this.shown, term: this.term, fed, source }, paper, data.words);
    [this.scene, this.arithmetic] = [drawn.scene, drawn.arithmetic];
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(ctx, this.scene);
    this.onPaint(explanation);
    this.cost = performance.now() - start;
  }

  private boardFor(width: number, height: number, flat: number): Board {
    const { shape } = this.operation!.output.values;
    const tile = Math.floor(flat / Math.max(1, (shape.at(-1) ?? 1) * (shape.at(-2) ?? 1)));
    const key = [width, height, this.pages].join("|");
    if (key !== this.boardKey || !this.board) {
      const paper = makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily);
      [this.board, this.boardKey, this.tile] = [new Board(this.operation!, width, height, paper, this.data.words, this.pages, tile), key, tile];
    } else if (tile !== this.tile) this.board.focusOn(this.tile = tile);
    return this.board;
  }

  private point(x: number, y: number): void {
    const hit = this.board?.hit(x, y) ?? null, term = hit ? null : this.arithmetic?.termAt(x, y) ?? null;
    this.canvas.style.cursor = hit?.kind === "unit" || hit?.kind === "page" ? "pointer" : "default";
    const hovered = hit?.kind === "unit" ? hit.flat : null;
    const source = hit?.kind === "cell" ? { operand: hit.operand, flat: hit.flat } : null;
    if (hovered === this.hovered && source?.flat === this.source?.flat && source?.operand === this.source?.operand && same(term, this.term)) return;
    [this.hovered, this.source, this.term] = [hovered, source, term];
    this.paintSoon();
  }

  leave(): void {
    [this.hovered, this.source, this.term] = [null, null, null];
    this.paintSoon();
  }

  private click(x: number, y: number): void {
    const hit: Hit | null = this.board?.hit(x, y) ?? null;
    if (hit?.kind === "unit") this.pin(hit.flat);
    if (hit?.kind === "page") this.turn(hit.panel, hit.by);
  }

  private turn(panel: number, by: number): void {
    const found = [...this.board!.inputs, ...this.board!.results].findLast(({ index }) => index === panel || (index === -1 && panel === this.operation!.operands.length))!;
    this.pages[panel] = Math.min(found.pages - 1, Math.max(0, found.page + by));
    this.paintSoon();
  }

  // Looks at a unit until another one is; `tell` false while it only passes by.
  pin(flat: number | null, tell = true): void {
    this.pinned = flat === null ? null : unitAt(flat, this.operation!);
    this.hovered = null;
    if (tell) this.onPin(this.pinned);
    this.paintSoon();
  }
}

const same = (a: Term | null, b: Term | null): boolean => a?.table === b?.table && a?.cell === b?.cell;
