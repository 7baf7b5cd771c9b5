// Where the arrays of an operation lie on the view: inputs and parameters at the left, the arithmetic in the middle, the
// result at the right.

import { formatNumber } from "../numbers";
import type { Operation, Operand } from "../rules/contract";
import type { Shape } from "../scene";
import { holds, right, type Box } from "./box";
import { Panel } from "./panel";
import type { Paper } from "./paper";
import { fullShape } from "./unit";

const HEAD_PX = 22, GAP_PX = 14, GUTTER_PX = 26, FOCUSED_FROM = 5, FOCUS_SHARE = 0.52;
const WIDE_MIDDLE = ["Correlation", "TransposedCorrelation", "MatrixProduct", "Recurrent", "Softmax", "Loss", "AdditiveScores", "LinearAttention", "Unknown"];
const WITH_PARAMETERS = ["MatrixProduct", "Recurrent", "AdditiveScores", "Gather"];

export type Hit = { kind: "unit"; flat: number } | { kind: "cell"; operand: number; flat: number } | { kind: "page"; panel: number; by: number };

interface Turner { box: Box; panel: number; by: number }

export class Board {
  readonly inputs: Panel[] = [];
  readonly results: Panel[] = [];
  readonly middle: Box;
  private readonly turners: Turner[] = [];

  // pages: of each operand's tiles, by its place; the output's is the last. tile: of the output, drawn large.
  constructor(readonly operation: Operation, readonly width: number, readonly height: number, private readonly paper: Paper,
              private readonly words: Record<string, string>, pages: number[], tile: number) {
    const wide = WIDE_MIDDLE.includes(operation.rule.type), side = Math.round(width * (wide ? 0.23 : 0.34));
    const shown = operation.operands.map((operand, index) => ({ operand, index })).filter(({ operand }) => this.isDrawn(operand));
    this.placeInputs(shown, { x: 0, y: 0, width: side, height }, pages);
    const used = Math.max(side * 0.5, ...this.inputs.map((panel) => right(panel.used)));
    const resultWidth = Math.round(width * (wide ? 0.22 : 0.34));
    this.placeResult({ x: width - resultWidth, y: 0, width: resultWidth, height }, pages.at(-1) ?? 0, tile);
    this.middle = { x: used + GUTTER_PX, y: 0, width: width - resultWidth - used - 2 * GUTTER_PX, height };
  }

  private isDrawn({ role, values }: Operand): boolean {
    return role !== "parameter" || (values.shape.length > 1 && WITH_PARAMETERS.includes(this.operation.rule.type));
  }

  private placeInputs(shown: { operand: Operand; index: number }[], box: Box, pages: number[]): void {
    const each = (box.height - GAP_PX * (shown.length - 1)) / shown.length;
    shown.forEach(({ operand, index }, n) => {
      const own = { ...box, y: box.y + n * (each + GAP_PX) + HEAD_PX, height: each - HEAD_PX };
      this.inputs.push(new Panel(operand, index, own, this.paper, { page: pages[index] }));
    });
  }

  private placeResult(box: Box, page: number, tile: number): void {
    const { output } = this.operation, whole = new Panel(output, -1, { ...box, y: HEAD_PX, height: box.height - HEAD_PX }, this.paper);
    if (whole.tiles.count < FOCUSED_FROM) return void this.results.push(whole);
    const focus = new Panel(output, -1, { ...box, y: HEAD_PX, height: box.height * FOCUS_SHARE - HEAD_PX }, this.paper, { first: tile, count: 1 });
    const top = focus.used.y + focus.used.height + HEAD_PX + 6;
    this.results.push(focus, new Panel(output, -1, { ...box, y: top, height: box.height - top }, this.paper, { page }));
  }

  // The maps with their headings; what does not change with the unit.
  shapes(): Shape[] {
    this.turners.length = 0;
    const named = fullShape(this.operation.output);
    return [
      ...this.inputs.flatMap((panel) => [...this.head(panel, panel.operand.name, fullShape(panel.operand), panel.index), ...panel.shapes()]),
      ...this.results.flatMap((panel, n) => [...this.resultHead(panel, n, named), ...panel.shapes()]),
    ];
  }

  private resultHead(panel: Panel, n: number, shape: number[]): Shape[] {
    const isFocus = this.results.length > 1 && n === 0, at = this.operation.operands.length;
    return this.head(panel, isFocus ? this.words.result! : this.results.length > 1 ? this.words.all_maps! : this.words.result!, isFocus ? null : shape, at);
  }

  private head(panel: Panel, name: string, shape: number[] | null, index: number): Shape[] {
    const { box, limit, operand, pages, page, perPage } = panel, y = box.y - HEAD_PX / 2, end = formatNumber(limit, 3);
    const title = shape ? `${name} · ${shape.join("×") || "1"}` : name, { text, muted } = this.paper;
    const shapes: Shape[] = [{ kind: "text", x: box.x, y, words: title, color: text, px: 13, weight: 600, most: box.width * 0.7 }];
    if (pages === 1) return [...shapes, { kind: "text", x: right(box), y, words: operand.signed ? `±${end}` : `0 … ${end}`, color: muted, px: 12, align: "right" }];
    const label = `${page * perPage + 1}–${Math.min(panel.tiles.count, (page + 1) * perPage)}`;
    for (const [by, x, sign] of [[-1, right(box) - 78, "◀"], [1, right(box) - 10, "▶"]] as const) {
      this.turners.push({ box: { x: x - 12, y: y - 11, width: 24, height: 22 }, panel: index, by });
      shapes.push({ kind: "text", x, y, words: sign, color: muted, px: 12, align: "center" });
    }
    return [...shapes, { kind: "text", x: right(box) - 44, y, words: label, color: muted, px: 12, align: "center" }];
  }

  hit(x: number, y: number): Hit | null {
    const turner = this.turners.find(({ box }) => holds(box, x, y));
    if (turner) return { kind: "page", panel: turner.panel, by: turner.by };
    for (const panel of this.results) {
      const flat = panel.cellAt(x, y);
      if (flat !== null) return { kind: "unit", flat };
    }
    for (const panel of this.inputs) {
      const flat = panel.cellAt(x, y);
      if (flat !== null) return { kind: "cell", operand: panel.index, flat };
    }
    return null;
  }
}
