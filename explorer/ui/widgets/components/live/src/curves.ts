// A chart of a number: every step pale, means strong, validation and test at the ends of epochs, names at the right.

import type { Chart as ChartMeta, LiveData, Role } from "./contract";
import { formatNumber, fill, whole } from "../../common/numbers";
import { apply, clipped, drawMarkers, spread, strokeLine, write, type Pen } from "./pen";
import { nearestIndex, type Line, type Scene } from "./plot";
import { yRange } from "./range";
import type { Numbers } from "./received";
import type { Table } from "./table";

const MOST_MARKED = 30;

interface Curve { name: string; role: Role; x: ArrayLike<number>; y: Float32Array; marked: boolean }

export function axisEnd({ meta, step }: Numbers): number {
  return meta.total_steps || Math.max(1, meta.step, step.at(-1) ?? 0);
}

function curvesOf(numbers: Numbers, index: number, { look }: LiveData): Curve[] {
  const { roles } = look, marked = numbers.epochStep.length <= MOST_MARKED;
  return [
    { name: roles.training.name, role: roles.training, x: numbers.meansStep, y: numbers.means[index]!, marked: false },
    { name: roles.validation.name, role: roles.validation, x: numbers.epochStep, y: numbers.validation[index]!, marked },
    { name: roles.test.name, role: roles.test, x: numbers.epochStep, y: numbers.test[index]!, marked },
  ].filter(({ y }) => y.some(Number.isFinite));
}

export function curveScene(numbers: Numbers, index: number, data: LiveData): Scene {
  const chart = numbers.meta.charts[index]!, curves = curvesOf(numbers, index, data), raw = numbers.raw[index]!;
  const references = chart.references.map(({ y }) => y);
  return {
    xMax: axisEnd(numbers), perEpoch: numbers.meta.batches_per_epoch, log: chart.log,
    yTitle: chart.log ? fill(data.words.log!, { axis: chart.y_axis }) : chart.y_axis,
    y: (from, to) => yRange([between(numbers.step, raw, from, to)], curves.map(({ x, y }) => between(x, y, from, to)), references, chart.log, chart.range),
    points: numbers.meansStep.length ? numbers.meansStep : numbers.step,
    read: (step) => readAt(numbers, raw, curves, step, data),
    draw: (pen) => {
      drawReferences(pen, chart, data);
      clipped(pen, () => {
        strokeLine(pen, numbers.step, raw, { color: data.look.pale, width: 1 });
        for (const { x, y, role, marked } of curves) {
          strokeLine(pen, x, y, { color: role.color, width: 2.5, dash: role.dash });
          if (marked) drawMarkers(pen, x, y, role.symbol, role.color);
        }
      });
      drawNames(pen, curves);
    },
  };
}

// The values from one step to another, and one more on each side, to which the line goes.
function between(steps: ArrayLike<number>, values: Float32Array, from: number, to: number): Float32Array {
  if (!steps.length) return values;
  return values.subarray(Math.max(0, nearestIndex(steps, from) - 1), nearestIndex(steps, to) + 2);
}

function drawReferences(pen: Pen, chart: ChartMeta, { look }: LiveData): void {
  const { ctx, box, ratio } = pen;
  for (const { name, y } of chart.references) {
    const at = pen.y(y);
    if (!(at >= box.top && at <= box.top + box.height)) continue;
    apply(pen, { color: look.muted, width: 1, dash: "dash" });
    ctx.beginPath();
    ctx.moveTo(box.left, at);
    ctx.lineTo(box.left + box.width, at);
    ctx.stroke();
    const nearTop = at < box.top + 0.1 * box.height;
    write(pen, `${name} ${formatNumber(y)}`, box.left + box.width - 4 * ratio, at + (nearTop ? 10 : -9) * ratio, look.muted, 13, "right");
  }
}

function drawNames(pen: Pen, curves: Curve[]): void {
  const { box, ratio } = pen, inside = (y: number) => Math.max(box.top + 6 * ratio, Math.min(box.top + box.height - 6 * ratio, y));
  const ends = curves.map(({ y }) => inside(pen.y(y.findLast(Number.isFinite) ?? NaN)));
  const shown = curves.filter((_, i) => Number.isFinite(ends[i]));
  spread(ends.filter(Number.isFinite), 17 * ratio).forEach((y, i) => {
    write(pen, shown[i]!.name, box.left + box.width + 8 * ratio, y, shown[i]!.role.text, 13);
  });
}

function readAt(numbers: Numbers, raw: Float32Array, curves: Curve[], step: number, { look, words }: LiveData): Line[] {
  const lines = curves.map(({ name, role, x, y }) => ({ name, color: role.color, value: formatNumber(y[nearestIndex(x, step)] ?? NaN) }));
  const at = nearestIndex(numbers.step, step);
  return at < 0 ? lines : [{ name: words.this_step!, color: look.pale, value: formatNumber(raw[at]!) }, ...lines];
}

// Where each line starts and where it is, as figures/curves.py describes curves.
export function describeCurves(numbers: Numbers, index: number, data: LiveData): string {
  const { title, note } = numbers.meta.charts[index]!, { words } = data;
  const sentences = curvesOf(numbers, index, data).map(({ name, x, y }) => {
    const good = [y.findIndex(Number.isFinite), y.findLastIndex(Number.isFinite)] as const;
    const [start, end] = good.map((i) => formatNumber(y[i]!)) as [string, string];
    const template = good[0] === good[1] ? words.curve_point! : start === end ? words.curve_same! : y[good[1]]! < y[good[0]]! ? words.curve_falls! : words.curve_rises!;
    return fill(template, { name, quantity: title, start, end, step: whole(x[good[1]]!) });
  });
  return [...(sentences.length ? sentences : [`${title}: ${words.waiting}`]), note].filter(Boolean).join(" ");
}

export function tabulateCurves(numbers: Numbers, index: number, data: LiveData): Table {
  const curves = curvesOf(numbers, index, data), rows = new Map<number, string[]>(), { words } = data;
  const per = numbers.meta.batches_per_epoch;
  curves.forEach(({ x, y }, column) => {
    for (let i = 0; i < x.length; i++) {
      const row = rows.get(x[i]!) ?? curves.map(() => "");
      row[column] = formatNumber(y[i]!);
      rows.set(x[i]!, row);
    }
  });
  const sorted = [...rows].sort(([a], [b]) => a - b);
  return {
    title: numbers.meta.charts[index]!.title, columns: [words.step!, words.epoch!, ...curves.map(({ name }) => name)],
    rows: sorted.map(([step, row]) => [whole(step), per ? formatNumber(step / per) : "", ...row]),
  };
}
