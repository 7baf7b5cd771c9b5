// Where the arrays of an operation lie on the view: inputs and parameters at the left, the arithmetic in the middle, the
// result at the right.

import { formatNumber } from "../../../common/numbers";
import type { Operation, Operand } from "../rules/contract";
import { fontOf, type Shape, widthOf } from "../scene";
import { bottom, holds, right, type Box } from "./box";
import { Panel } from "./panel";
import { powerMark, scaleOf } from "./short";
import type { Paper } from "./paper";
import { fullShape } from "./unit";

const HEAD_PX = 22, GAP_PX = 14, GUTTER_PX = 26, SIDE_BY_SIDE_PX = 960, EDGE_PX = 3, FOCUSED_FROM = 5, FOCUS_SHARE = 0.52;
const WIDE_MIDDLE = ["Correlation", "TransposedCorrelation", "MatrixProduct", "Recurrent", "Softmax", "Loss", "AdditiveScores", "LinearAttention", "Unknown"];
const WITH_PARAMETERS = ["MatrixProduct", "Recurrent", "AdditiveScores", "Gather", "Elementwise"];

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
    const shown = operation.operands.map((operand, index) => ({ operand, index })).filter(({ operand }) => this.isDrawn(operand));
    const { inputs, result, middle } = this.places(shown.length);
    this.placeInputs(shown, inputs, pages);
    this.placeResult(result, pages.at(-1) ?? 0, tile);
    this.middle = middle();
  }

  // Side by side where there is room, else the arithmetic below.
  private places(count: number): { inputs: Box; result: Box; middle: () => Box } {
    const { height } = this, left = EDGE_PX, width = this.width - 2 * EDGE_PX, wide = WIDE_MIDDLE.includes(this.operation.rule.type);
    if (width >= SIDE_BY_SIDE_PX || !wide) {
      const side = Math.round(width * (wide ? 0.21 : 0.33)), result = { x: left + width - side, y: 0, width: side, height };
      const used = () => Math.max(side * 0.5, ...this.inputs.map((panel) => right(panel.used)));
      return { inputs: { x: left, y: 0, width: side, height }, result, middle: () => ({ x: used() + GUTTER_PX, y: 0, width: left + width - side - used() - 2 * GUTTER_PX, height }) };
    }
    const upper = Math.round(height * (count > 1 ? 0.42 : 0.38)), half = Math.round(width * 0.55);
    return { inputs: { x: left, y: 0, width: half, height: upper }, result: { x: left + half + 60, y: 0, width: width - half - 60, height: upper },
             middle: () => ({ x: left, y: upper + 26, width, height: height - upper - 26 }) };
  }

  private isDrawn({ name, role, values }: Operand): boolean {
    if (this.operation.rule.type === "Normalization") return name === "input";
    return role !== "parameter" || (values.shape.length > 1 && WITH_PARAMETERS.includes(this.operation.rule.type));
  }

  // Beside each other where the box is wide, else below each other, each with what the ones before left.
  private placeInputs(shown: { operand: Operand; index: number }[], box: Box, pages: number[]): void {
    const isWide = box.width > box.height;
    let { x, y } = box;
    shown.forEach(({ operand, index }, n) => {
      const left = shown.length - n, across = (right(box) - x - GAP_PX * (left - 1)) / left, down = (bottom(box) - y - GAP_PX * (left - 1)) / left;
      const own = { x, y: y + HEAD_PX, width: isWide ? across : box.width, height: (isWide ? box.height : down) - HEAD_PX - EDGE_PX };
      const panel = new Panel(operand, index, own, this.paper, { page: pages[index] });
      this.inputs.push(panel);
      if (isWide) x += across + GAP_PX;
      else y = bottom(panel.used) + GAP_PX;
    });
  }

  // Another of the output's tiles, large.
  focusOn(tile: number): void {
    const focus = this.results[0]!;
    if (this.results.length > 1) this.results[0] = new Panel(focus.operand, -1, focus.box, this.paper, { first: tile, count: 1 });
  }

  private placeResult(box: Box, page: number, tile: number): void {
    const { output } = this.operation;
    const whole = new Panel(output, -1, { ...box, y: HEAD_PX, height: box.height - HEAD_PX }, this.paper);
    if (whole.tiles.count < FOCUSED_FROM) return void this.results.push(whole);
    const across = box.width > box.height;
    const large = across ? { ...box, y: HEAD_PX, width: box.width * FOCUS_SHARE, height: box.height - HEAD_PX } : { ...box, y: HEAD_PX, height: box.height * FOCUS_SHARE - HEAD_PX };
    const focus = new Panel(output, -1, large, this.paper, { first: tile, count: 1 });
    const top = focus.used.y + focus.used.height + HEAD_PX + 6, side = right(focus.used) + GAP_PX;
    const rest = across ? { ...large, x: side, width: right(box) - side } : { ...box, y: top, height: box.height - top };
    this.results.push(focus, new Panel(output, -1, rest, this.paper, { page }));
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
    const { box, limit, operand, pages } = panel, y = box.y - HEAD_PX / 2, end = formatNumber(limit, 3);
    const { text, muted, font, scale } = this.paper;
    const title = shape && pages === 1 ? `${name} · ${shape.join("×") || "1"}` : name, bold = { px: 13, weight: 600 };
    const mark = panel.numbered ? powerMark(scaleOf(operand.values.data)) : "", scaleEnd = (operand.signed ? `±${end}` : `0 … ${end}`) + mark;
    const behind = widthOf(title, fontOf(bold, { font, scale })) + 10;
    const room = box.width - behind - widthOf(scaleEnd, fontOf({ px: 12 }, { font, scale }));
    const shapes: Shape[] = [{ kind: "text", x: box.x, y, words: title, color: text, ...bold, most: box.width - (pages > 1 ? 116 : 0) }];
    if (pages > 1) return [...shapes, ...this.pager(panel, index, y)];
    return room < 0 ? shapes : [...shapes, { kind: "text", x: box.x + behind, y, words: scaleEnd, color: muted, px: 12 }];
  }

  private pager({ box, page, perPage, tiles }: Panel, index: number, y: number): Shape[] {
    const words = `${page * perPage + 1}–${Math.min(tiles.count, (page + 1) * perPage)} / ${tiles.count}`;
    const style = { kind: "text", y, color: this.paper.muted, px: 12, align: "center" } as const;
    const ends = [[-1, right(box) - 104, "◀"], [1, right(box) - 8, "▶"]] as const;
    this.turners.push(...ends.map(([by, x]) => ({ box: { x: x - 12, y: y - 11, width: 24, height: 22 }, panel: index, by })));
    return [...ends.map(([, x, sign]): Shape => ({ ...style, x, words: sign })), { ...style, x: right(box) - 56, words }];
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
