// One array on the view: its tiles in a box, and which value lies where.

import { limitOf, type Shape } from "../scene";
import { cellsOf } from "../rules/arrays";
import type { Operand, Window } from "../rules/contract";
import { around, cutTo, type Box, type CutBox } from "./box";
import { colorsFor, inkFor, type Paper } from "./paper";
import { scaleOf, shortNumber } from "./short";
import { tilesOf, type Tiles } from "./tiles";

const GAP_PX = 6, LEAST_TILE_PX = 22, MOST_CELL_PX = 54, LIST_CELL = { width: 72, height: 26 }, NUMBER_CELL_PX = 26, LABEL_PX = 11;
const FRAMED_APART = 600;  // places that are framed one by one; of more, their outline alone

export interface Place { first?: number; count?: number; page?: number; labels?: boolean }

export class Panel {
  readonly tiles: Tiles;
  readonly limit: number;
  readonly perPage: number;
  readonly pages: number;
  readonly page: number;
  readonly used: Box;
  private readonly first: number;
  private readonly shown: number;
  private readonly perRow: number;
  private readonly cell: { width: number; height: number };
  private readonly labelWidth: number;

  // index: the operand's place among the operation's, -1 for the output. place: which of its tiles.
  constructor(readonly operand: Operand, readonly index: number, readonly box: Box, private readonly paper: Paper, place: Place = {}) {
    this.tiles = tilesOf(operand, box.width / Math.max(1, box.height));
    this.limit = limitOf(operand.values.data);
    const count = place.count ?? this.tiles.count;
    this.labelWidth = operand.labels.length && this.tiles.count === 1 && (this.tiles.isList || operand.values.shape.length > 1) ? this.labelRoom() : 0;
    const inner = { ...box, width: box.width - this.labelWidth };
    [this.perRow, this.perPage, this.cell] = this.fit(inner, count);
    this.pages = Math.max(1, Math.ceil(count / this.perPage));
    this.page = Math.min(place.page ?? 0, this.pages - 1);
    this.first = (place.first ?? 0) + this.page * this.perPage;
    this.shown = Math.max(0, Math.min(this.perPage, count - this.page * this.perPage));
    this.used = this.shown ? around([this.tileBox(0), this.tileBox(Math.min(this.perRow, this.shown) - 1), this.tileBox(this.shown - 1)]) : { ...box, width: 0, height: 0 };
  }

  private labelRoom(): number {
    return Math.min(90, 8 + 7.2 * this.paper.scale * Math.max(...this.operand.labels.map((label) => [...label].length)), this.box.width / 2.5);
  }

  // The largest cells with which all tiles fit, or as many tiles as do at the least size.
  private fit({ width, height }: Box, count: number): [number, number, { width: number; height: number }] {
    const { rows, columns } = this.tiles;
    let best: [number, number, { width: number; height: number }] = [1, 0, { width: 0, height: 0 }], area = -1;
    for (let perRow = 1; perRow <= Math.min(count, 24); perRow++) {
      const lines = Math.ceil(count / perRow);
      const cell = this.cellIn((width - GAP_PX * (perRow - 1)) / perRow / columns, (height - GAP_PX * (lines - 1)) / lines / rows);
      if (cell.width * cell.height > area) [best, area] = [[perRow, count, cell], cell.width * cell.height];
    }
    const { width: w, height: h } = best[2], small = Math.max(w * columns, h * rows) < LEAST_TILE_PX && count > 1;
    return small || area <= 0 ? this.pageful(width, height) : best;
  }

  private pageful(width: number, height: number): [number, number, { width: number; height: number }] {
    const { rows, columns } = this.tiles, cell = this.cellIn(LEAST_TILE_PX / columns, LEAST_TILE_PX / rows);
    const perRow = Math.max(1, Math.floor((width + GAP_PX) / (cell.width * columns + GAP_PX)));
    return [perRow, perRow * Math.max(1, Math.floor((height + GAP_PX) / (cell.height * rows + GAP_PX))), cell];
  }

  private cellIn(width: number, height: number): { width: number; height: number } {
    if (this.tiles.isList) return { width: Math.min(width, LIST_CELL.width), height: Math.min(height, LIST_CELL.height) };
    const least = Math.min(width, height, MOST_CELL_PX);
    if (this.tiles.square) return { width: least, height: least };
    return { width: Math.min(width, MOST_CELL_PX, 6 * least), height: Math.min(height, MOST_CELL_PX, 6 * least) };
  }

  get numbered(): boolean {
    return this.cell.width >= NUMBER_CELL_PX && this.cell.height >= 15;
  }

  tileBox(n: number): Box {
    const width = this.cell.width * this.tiles.columns, height = this.cell.height * this.tiles.rows;
    return { x: this.box.x + this.labelWidth + (n % this.perRow) * (width + GAP_PX), y: this.box.y + Math.floor(n / this.perRow) * (height + GAP_PX), width, height };
  }

  // Whether a flat place is on this page, and where.
  boxOf(flat: number): Box | null {
    const { rows, columns } = this.tiles, tile = Math.floor(flat / (rows * columns)), n = tile - this.first;
    const within = flat - tile * rows * columns;
    if (n < 0 || n >= this.shown) return null;
    const outer = this.tileBox(n);
    return { x: outer.x + (within % columns) * this.cell.width, y: outer.y + Math.floor(within / columns) * this.cell.height, ...this.cell };
  }

  cellAt(x: number, y: number): number | null {
    const { rows, columns, length } = this.tiles;
    for (let n = 0; n < this.shown; n++) {
      const box = this.tileBox(n), column = Math.floor((x - box.x) / this.cell.width);
      const row = Math.floor((y - box.y) / this.cell.height);
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      const flat = ((this.first + n) * rows + row) * columns + column;
      return flat < length ? flat : null;
    }
    return null;
  }

  shapes(): Shape[] {
    const { rows, columns } = this.tiles, colors = colorsFor(this.paper, this.operand.signed), shapes: Shape[] = [];
    for (let n = 0; n < this.shown; n++) {
      const box = this.tileBox(n), from = (this.first + n) * rows * columns;
      shapes.push({ kind: "map", ...box, values: this.operand.values.data, from, rows, columns, limit: this.limit, colors });
      if (this.tiles.length >= from + rows * columns) shapes.push({ kind: "rect", ...box, stroke: this.paper.grid });
      if (this.numbered) shapes.push(...this.numbers(from));
    }
    return [...shapes, ...this.labels()];
  }

  private numbers(from: number): Shape[] {
    const { rows, columns, length } = this.tiles, shapes: Shape[] = [];
    for (let flat = from; flat < Math.min(length, from + rows * columns); flat++) {
      const box = this.boxOf(flat)!, value = this.operand.values.data[flat]!;
      const { ink } = inkFor(this.paper, this.operand.signed, value, this.limit);
      shapes.push({ kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: this.written(flat, value), color: ink, px: 11, align: "center" });
    }
    return shapes;
  }

  // A vector that goes over several lines has its names in the cells.
  private written(flat: number, value: number): string {
    const { labels, values: { shape } } = this.operand;
    return shape.length === 1 && !this.tiles.isList && labels.length === shape[0] ? labels[flat]! : shortNumber(value, scaleOf(this.operand.values.data), this.cell.width);
  }

  private labels(): Shape[] {
    if (!this.labelWidth) return [];
    const { rows } = this.tiles, each = Math.max(1, Math.ceil((LABEL_PX + 2) * this.paper.scale / this.cell.height));
    const shapes: Shape[] = [];
    for (let row = 0; row < Math.min(rows, this.operand.labels.length); row += each) {
      shapes.push({ kind: "text", x: this.box.x + this.labelWidth - 5, y: this.box.y + (row + 0.5) * this.cell.height, words: this.operand.labels[row]!,
                    color: this.paper.muted, px: LABEL_PX, align: "right", most: this.labelWidth - 5 });
    }
    return shapes;
  }

  // What a window covers of each tile on the page, cut where it goes into the padding; place by place where it leaves some out.
  windowBoxes(given: Window): CutBox[] {
    const { values: { shape, data }, every } = this.operand, window = thinned(given, every), lead = shape.length - 2;
    if (window.cells.length || lead < 0) {
      const cells = cellsOf(window, shape);
      return cells.length === data.length && this.shown ? [around([this.tileBox(0), this.tileBox(this.shown - 1)])] : this.cellBoxes(cells);
    }
    const leading = cellsOf({ ...window, start: window.start.slice(0, lead), stop: window.stop.slice(0, lead), step: window.step.slice(0, lead) }, shape.slice(0, lead));
    return (lead ? [...leading] : [0]).flatMap((tile) => this.parts(tile, window, lead));
  }

  private parts(tile: number, { start, stop, step }: Window, lead: number): CutBox[] {
    const n = tile - this.first, found: CutBox[] = [];
    if (tile < 0 || n < 0 || n >= this.shown) return found;
    const box = this.tileBox(n);
    const [high, wide] = [step[lead]! > 1 ? 1 : stop[lead]! - start[lead]!, step[lead + 1]! > 1 ? 1 : stop[lead + 1]! - start[lead + 1]!];
    for (let row = start[lead]!; row < stop[lead]!; row += Math.max(high, step[lead]!)) {
      for (let column = start[lead + 1]!; column < stop[lead + 1]!; column += Math.max(wide, step[lead + 1]!)) {
        const part = { x: box.x + column * this.cell.width, y: box.y + row * this.cell.height, width: wide * this.cell.width, height: high * this.cell.height };
        found.push(...cutTo(box, part));
      }
    }
    return found;
  }

  // Flat places, as one box in each tile where they fill it.
  regionBoxes(cells: number[]): Box[] {
    const { rows, columns } = this.tiles, byTile = new Map<number, number[]>();
    for (const flat of cells) {
      const tile = Math.floor(flat / (rows * columns));
      byTile.set(tile, [...(byTile.get(tile) ?? []), flat]);
    }
    return [...byTile.values()].flatMap((own) => {
      const boxes = this.cellBoxes(own), whole = boxes.length ? around(boxes) : null;
      const isFull = whole && Math.round((whole.width * whole.height) / (this.cell.width * this.cell.height)) === boxes.length;
      return isFull ? [whole] : boxes;
    });
  }

  // Flat places.
  cellBoxes(cells: ArrayLike<number>): Box[] {
    const found: Box[] = [];
    for (let i = 0; i < cells.length; i++) {
      const box = cells[i]! < 0 ? null : this.boxOf(cells[i]!);
      if (box) found.push(box);
    }
    return found.length > FRAMED_APART ? [around(found)] : found;
  }
}

// A window of the whole array, on values of which each n-th is here.
function thinned(window: Window, every: number[]): Window {
  if (!every.length || window.cells.length) return window;
  const start = window.start.map((at, axis) => Math.floor(at / every[axis]!));
  return { ...window, start, stop: window.stop.map((at, axis) => Math.max(start[axis]! + 1, Math.ceil(at / every[axis]!))), step: start.map(() => 1) };
}
