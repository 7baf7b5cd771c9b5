// The part of a table that can be seen, as shapes.

import type { WeightEdit } from "../contract";
import { formatNumber } from "../../../common/numbers";
import { colorsFor, inkFor, type Paper } from "../operation/paper";
import { limitOf, type Scene, type Shape } from "../scene";
import { BIAS, columnName, columnsOf, boxAt, fromOf, isMatrix, type Kernels, rowName, rowsOf } from "./contract";
import { overlap } from "./edits";
import { boxOf, type Layout, seen, type Spot } from "./layout";
import { limitFor, responseAt, type Scale, type Show, shownBias, shownValues } from "./numbers";

export interface Setting {
  page: Kernels; layout: Layout; paper: Paper; show: Show; scale: Scale; fixed: number;
  chosen: Spot | null; pointed: Spot | null; edits: WeightEdit[];
  rowTitle: string; columnTitle: string; biasTitle: string;
}

const NUMBER_PX = 34, NAMES_PX = 52, TITLED_PX = 62;

export function draw(setting: Setting, scroll: { x: number; y: number }, width: number, height: number): Scene {
  const { layout, page, paper } = setting, { rows, columns } = seen(layout, scroll.x, scroll.y, width, height);
  const [top, left] = page.first, inside: Shape[] = [], limit = limitFor(page, setting.show, setting.scale, setting.fixed);
  const last = { row: top + rowsOf(page), column: left + columnsOf(page) };
  if (isMatrix(page)) inside.push(...drawMatrix(setting, scroll, rows, columns, limit));
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      if (row < top || row >= last.row || column < left || column >= last.column) inside.push(drawUnknown(setting, row, column, scroll));
      else if (!isMatrix(page)) inside.push(...drawKernel(setting, row, column, scroll, limit(row - top)));
    }
  }
  const frames = [...editedFrames(setting, scroll, rows, columns), ...(setting.pointed ? framed(setting, setting.pointed, scroll, paper.muted, 1) : []),
                  ...(setting.chosen ? framed(setting, setting.chosen, scroll, paper.accent, 2) : [])];
  const isOfBias = ({ row, column }: { row: number; column: number }) => column === BIAS && row >= rows[0] && row < rows[1];
  return { width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes: [
    ...inside, ...frames.filter((frame) => !frame.bias).map(({ shape }) => shape),
    { kind: "rect", x: 0, y: 0, width: layout.left - 3, height, fill: paper.background }, ...drawRows(setting, rows, scroll, limit),
    ...frames.filter((frame) => frame.bias && isOfBias(frame)).map(({ shape }) => shape),
    { kind: "rect", x: 0, y: 0, width, height: layout.top, fill: paper.background }, ...drawHead(setting, columns, scroll, width),
  ] };
}

function drawMatrix({ page, layout, paper, show }: Setting, scroll: { x: number; y: number }, rows: number[], columns: number[], limit: (row: number) => number): Shape[] {
  const values = shownValues(page, show), [top, left] = page.first, count = columnsOf(page), shapes: Shape[] = [];
  for (let row = Math.max(rows[0]!, top); row < Math.min(rows[1]!, top + rowsOf(page)); row++) {
    const from = Math.max(columns[0]!, left), to = Math.min(columns[1]!, left + count), most = limit(row - top);
    if (to <= from) break;
    const first = boxOf(layout, { row, column: from }, scroll.x, scroll.y), numbers = first.width >= NUMBER_PX && first.height >= 14;
    const at = (row - top) * count + from - left;
    if (!numbers && !layout.gap) {
      shapes.push({ kind: "map", ...first, width: (to - from) * first.width, values, from: at, rows: 1, columns: to - from, limit: most, colors: colorsFor(paper, true) });
      continue;
    }
    for (let column = from; column < to; column++) {
      const value = values[at + column - from]!, box = boxOf(layout, { row, column }, scroll.x, scroll.y), { fill, ink } = inkFor(paper, true, value, most);
      shapes.push({ kind: "rect", ...box, fill });
      if (numbers) shapes.push({ kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: formatNumber(value, 2), color: ink, px: 11, align: "center", most: box.width });
    }
  }
  return shapes;
}

function drawKernel({ page, layout, paper, show }: Setting, row: number, column: number, scroll: { x: number; y: number }, limit: number): Shape[] {
  const box = boxOf(layout, { row, column }, scroll.x, scroll.y), [, , rows, columns] = page.size;
  const from = fromOf(page, { row: row - page.first[0], column: column - page.first[1] });
  const shapes: Shape[] = [{ kind: "map", ...box, values: shownValues(page, show), from, rows, columns, limit, colors: colorsFor(paper, true) },
                           { kind: "rect", ...box, stroke: paper.grid }];
  if (layout.beside) {
    const { values, rows: high, columns: wide } = responseAt(page, from), beside = { ...box, x: box.x + box.width + 2, width: layout.beside - 2 };
    shapes.push({ kind: "map", ...beside, values, from: 0, rows: high, columns: wide, limit: limitOf(values), colors: colorsFor(paper, false) }, { kind: "rect", ...beside, stroke: paper.grid });
  }
  return shapes;
}

// What is not at hand yet: the strength of its neighborhood.
function drawUnknown({ page, layout, paper }: Setting, row: number, column: number, scroll: { x: number; y: number }): Shape {
  const { norms: { data, shape }, every } = page, norm = data[Math.floor(row / every[0]) * shape[1]! + Math.floor(column / every[1])] ?? 0;
  return { kind: "rect", ...boxOf(layout, { row, column }, scroll.x, scroll.y), fill: inkFor(paper, false, norm, limitOf(data)).fill, alpha: 0.6 };
}

function framed({ layout, page }: Setting, spot: { row: number; column: number }, scroll: { x: number; y: number }, stroke: string, line: number): { shape: Shape; bias: boolean; row: number; column: number }[] {
  const box = boxOf(layout, spot, scroll.x, scroll.y), out = isMatrix(page) ? 0 : 1.5;
  return [{ shape: { kind: "rect", x: box.x - out, y: box.y - out, width: box.width + 2 * out, height: box.height + 2 * out, stroke, line }, bias: spot.column === BIAS, row: spot.row, column: spot.column }];
}

// Kernels that can be seen, with weights that were changed by hand.
function editedFrames(setting: Setting, scroll: { x: number; y: number }, rows: number[], columns: number[]) {
  const { page, edits, paper } = setting, [top, left] = page.first;
  const here = edits.filter(({ parameter }) => parameter === page.parameter || parameter === page.bias_parameter);
  if (!here.length) return [];
  const isEdited = (row: number, column: number) => here.some((edit) => overlap(edit, boxAt(page, { row, column })));
  const found = [];
  for (let row = Math.max(rows[0]!, top); row < Math.min(rows[1]!, top + rowsOf(page)); row++) {
    if (page.bias.data.length && isEdited(row - top, BIAS)) found.push(...framed(setting, { row, column: BIAS }, scroll, paper.text, 1.5));
    for (let column = Math.max(columns[0]!, left); column < Math.min(columns[1]!, left + columnsOf(page)); column++) {
      if (isEdited(row - top, column - left)) found.push(...framed(setting, { row, column }, scroll, paper.text, 1.5));
    }
  }
  return found;
}

function drawRows({ page, layout, paper, show, chosen }: Setting, rows: number[], scroll: { x: number; y: number }, limit: (row: number) => number): Shape[] {
  const bias = shownBias(page, show), shapes: Shape[] = [], sparse = Math.ceil(13 / (layout.high + layout.gap));
  for (let row = Math.max(rows[0]!, page.first[0]); row < Math.min(rows[1]!, page.first[0] + rowsOf(page)); row++) {
    const own = row - page.first[0], box = boxOf(layout, { row, column: BIAS }, scroll.x, scroll.y), isChosen = chosen?.row === row;
    if (isChosen || row % sparse === 0) {
      shapes.push({ kind: "text", x: NAMES_PX, y: box.y + box.height / 2, words: rowName(page, own), color: isChosen ? paper.text : paper.muted, weight: isChosen ? 600 : 400, px: 12, align: "right", most: NAMES_PX - 4 });
    }
    if (!layout.bias) continue;
    const { fill, ink } = inkFor(paper, true, bias[own]!, limit(own)), high = Math.min(box.height, 22), y = box.y + (box.height - high) / 2;
    shapes.push({ kind: "rect", ...box, y, height: high, fill });
    if (high >= 12) shapes.push({ kind: "text", x: box.x + box.width / 2, y: y + high / 2, words: formatNumber(bias[own]!, 2), color: ink, px: 11, align: "center", most: box.width });
  }
  return shapes;
}

function drawHead({ page, layout, paper, chosen, rowTitle, columnTitle, biasTitle }: Setting, columns: number[], scroll: { x: number; y: number }, width: number): Shape[] {
  const text = { kind: "text", y: layout.top / 2, color: paper.muted, px: 12 } as const, shapes: Shape[] = [];
  const each = layout.wide + layout.beside + layout.gap, longest = Math.max(2, ...page.column_names.map((name) => name.length), String(page.size[1]).length);
  const sparse = Math.ceil((7 * longest + 6) / each);
  for (let column = columns[0]!; column < columns[1]!; column++) {
    const box = boxOf(layout, { row: 0, column }, scroll.x, scroll.y), own = column - page.first[1], isChosen = chosen?.column === column;
    if (box.x + box.width / 2 < layout.left || box.x > width || !(isChosen || column % sparse === 0)) continue;
    const name = own >= 0 && own < columnsOf(page) ? columnName(page, own) : String(column);
    const words = page.axes[1] === "scale" || !page.axes[1] ? columnTitle : column === columns[0] && each >= TITLED_PX ? `${columnTitle} ${name}` : name;
    shapes.push({ ...text, x: box.x + box.width / 2, words, align: "center", ...(isChosen ? { color: paper.text, weight: 600 } : {}) });
  }
  return [...shapes, { kind: "rect", x: 0, y: 0, width: layout.left - 3, height: layout.top, fill: paper.background },
          { ...text, x: NAMES_PX, words: rowTitle, align: "right", most: NAMES_PX },
          ...(layout.bias ? [{ ...text, x: NAMES_PX + layout.bias / 2, words: biasTitle, align: "center" as const, most: layout.bias }] : [])];
}
