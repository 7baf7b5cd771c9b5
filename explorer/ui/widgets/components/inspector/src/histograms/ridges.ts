// Histograms as lines: one behind the other, the newest in front, or all over one another.

import { formatNumber } from "../../../common/numbers";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import type { Shape } from "../scene";
import { type Axis, along, marks } from "./axis";
import { binsOf, densityOf, placeOf, type Shown } from "./contract";

export type Mode = "offset" | "overlay";
export interface Ridge { place: number; baseline: number }  // of the first run's step

const FOOT = 40, DEEP = 0.62, DECADES = 1000, LEAST_ALPHA = 0.25;

// What is drawn, and where each step's line stands.
export function drawRidges(shown: Shown[], step: number, mode: Mode, isLog: boolean, words: Record<string, string>, box: Box, paper: Paper): { shapes: Shape[]; ridges: Ridge[]; axis: Axis } {
  const first = shown[0]!, count = first.series.steps.data.length, now = placeOf(first.series, step);
  const axis = axisOf(shown, box), bottom = box.y + box.height - FOOT, high = box.height - FOOT - 8;
  const tallest = mode === "offset" ? high * (count > 1 ? 1 - DEEP : 1) : high;
  const densities = Array.from({ length: count }, (_, place) => densityOf(first.series, place));
  const others = shown.slice(1).map((one) => ({ ...one, density: densityOf(one.series, placeOf(one.series, step)) }));
  const most = Math.max(1e-30, ...densities.map((density) => Math.max(...density)), ...others.map(({ density }) => Math.max(...density)));
  const heightOf = (density: number) => tallest * (isLog ? Math.log1p((DECADES * density) / most) / Math.log1p(DECADES) : density / most);
  const baselineOf = (place: number) => (mode === "offset" && count > 1 ? bottom - high * DEEP * (1 - place / (count - 1)) : bottom);
  const ridges = densities.map((_, place) => ({ place, baseline: baselineOf(place) }));
  const line = (one: Shown, density: number[], baseline: number) => pathOf(one, density, axis, baseline, heightOf);
  const shapes: Shape[] = [...axisShapes(axis, bottom, words, paper)];
  for (const { place, baseline } of ridges) {
    if (place === now) continue;
    shapes.push(...(mode === "offset" ? [{ kind: "path" as const, d: line(first, densities[place]!, baseline), fill: paper.background, alpha: 0.8 }] : []),
      { kind: "path", d: line(first, densities[place]!, baseline), stroke: paper.muted, line: 1, alpha: LEAST_ALPHA + (0.5 * place) / Math.max(1, count - 1) });
  }
  const baseline = baselineOf(now);
  shapes.push({ kind: "path", d: line(first, densities[now] ?? [], baseline), fill: first.color, alpha: 0.25 }, { kind: "path", d: line(first, densities[now] ?? [], baseline), stroke: first.color, line: 2 });
  for (const one of others) shapes.push({ kind: "path", d: line(one, one.density, baseline), stroke: one.color, line: 2, dash: [5, 3] });
  return { shapes, ridges, axis };
}

function axisOf(shown: Shown[], box: Box): Axis {
  const ends = shown.flatMap(({ series: { edges: { data } } }) => [data[0]!, data[data.length - 1]!]);
  return { low: Math.min(...ends), high: Math.max(...ends), from: box.x + 8, to: box.x + box.width - 8 };
}

// Steps of a histogram as a line that goes through the middle of each bin, down to the baseline at both ends.
function pathOf({ series }: Shown, density: number[], axis: Axis, baseline: number, heightOf: (density: number) => number): string {
  const { data } = series.edges, points = density.map((value, bin) => `${along(axis, (data[bin]! + data[bin + 1]!) / 2).toFixed(1)} ${(baseline - heightOf(value)).toFixed(1)}`);
  return `M${along(axis, data[0]!).toFixed(1)} ${baseline.toFixed(1)}L${points.join("L")}L${along(axis, data[binsOf(series)]!).toFixed(1)} ${baseline.toFixed(1)}Z`;
}

function axisShapes(axis: Axis, y: number, words: Record<string, string>, paper: Paper): Shape[] {
  return [
    { kind: "line", x: axis.from, y, toX: axis.to, toY: y, stroke: paper.muted },
    ...marks(axis).flatMap((value): Shape[] => [
      { kind: "line", x: along(axis, value), y, toX: along(axis, value), toY: y + 4, stroke: paper.muted },
      { kind: "text", x: along(axis, value), y: y + 13, words: formatNumber(Number(value.toPrecision(4))), color: paper.muted, px: 12, align: "center" },
    ]),
    { kind: "text", x: (axis.from + axis.to) / 2, y: y + 30, words: words.value!, color: paper.muted, px: 12, align: "center" },
  ];
}
