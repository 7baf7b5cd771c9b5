// How the values are spread, step by step: mean, median, and the bands that hold half and nine in ten of them.

import { formatNumber } from "../../../common/numbers";
import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import type { Shape } from "../scene";
import { type Axis, along, marks } from "./axis";
import { placeOf, type Series, type Shown } from "./contract";

const LEFT = 52, FOOT = 40, TOP = 22;

export function drawSpread(shown: Shown[], step: number, words: Record<string, string>, box: Box, paper: Paper): Shape[] {
  const { series, color } = shown[0]!, count = series.steps.data.length;
  const across: Axis = { low: 0, high: Math.max(1, count - 1), from: box.x + LEFT, to: box.x + box.width - 10 };
  const up = { ...valuesOf(shown), from: box.y + box.height - FOOT, to: box.y + TOP };
  const now = along(across, placeOf(series, step)), places = [0, Math.floor((count - 1) / 2), count - 1].filter((place, n, all) => all.indexOf(place) === n);
  return [
    ...marks(up, 4).flatMap((value): Shape[] => [
      { kind: "line", x: across.from, y: along(up, value), toX: across.to, toY: along(up, value), stroke: paper.grid },
      { kind: "text", x: across.from - 5, y: along(up, value), words: formatNumber(Number(value.toPrecision(4))), color: paper.muted, px: 12, align: "right" },
    ]),
    { kind: "path", d: band(series, 0, 4, across, up), fill: color, alpha: 0.14 }, { kind: "path", d: band(series, 1, 3, across, up), fill: color, alpha: 0.26 },
    { kind: "path", d: line(column(series, 2), across, up), stroke: color, line: 2 },
    { kind: "path", d: line([...series.mean.data], across, up), stroke: paper.text, line: 1.5, dash: [4, 3] },
    ...shown.slice(1).map((one): Shape => ({ kind: "path", d: line(alike(one.series, series), across, up), stroke: one.color, line: 2, dash: [5, 3] })),
    { kind: "line", x: now, y: up.to, toX: now, toY: up.from, stroke: paper.accent, line: 1.5 },
    ...places.map((place): Shape => ({ kind: "text", x: along(across, place), y: up.from + 13, words: series.steps.data[place]!.toLocaleString("en-US"), color: paper.muted, px: 12, align: place ? (place === count - 1 ? "right" : "center") : "left" })),
    { kind: "text", x: (across.from + across.to) / 2, y: up.from + 30, words: words.kept_step!, color: paper.muted, px: 12, align: "center" },
    { kind: "text", x: across.from, y: box.y + 8, words: words.bands!, color: paper.muted, px: 12, most: across.to - across.from },
  ];
}

// Of the shares 5, 25, 50, 75 and 95 %.
function column({ percentiles, shares }: Series, share: number): number[] {
  const wide = shares.length;
  return Array.from({ length: percentiles.data.length / wide }, (_, place) => percentiles.data[place * wide + share]!);
}

// The medians of another run, at the first run's steps.
function alike(other: Series, series: Series): number[] {
  const medians = column(other, 2);
  return [...series.steps.data].map((step) => medians[placeOf(other, step)]!);
}

function valuesOf(shown: Shown[]): { low: number; high: number } {
  const all = shown.flatMap(({ series }) => [...series.percentiles.data, ...series.mean.data]).filter(Number.isFinite);
  const low = Math.min(...all, Infinity), high = Math.max(...all, -Infinity);
  return all.length && low < high ? { low, high } : { low: (all[0] ?? 0) - 0.5, high: (all[0] ?? 0) + 0.5 };
}

function line(values: number[], across: Axis, up: Axis): string {
  let pen = "M", d = "";
  values.forEach((value, place) => {
    if (Number.isFinite(value)) d += `${pen}${along(across, place).toFixed(1)} ${along(up, value).toFixed(1)}`;
    pen = Number.isFinite(value) ? "L" : "M";
  });
  return d;
}

function band(series: Series, low: number, high: number, across: Axis, up: Axis): string {
  const [lows, highs] = [column(series, low), column(series, high)], finite = [...lows.keys()].filter((place) => Number.isFinite(lows[place]!));
  const point = (value: number, place: number) => `${along(across, place).toFixed(1)} ${along(up, value).toFixed(1)}`;
  return finite.length < 2 ? "" : `M${[...finite.map((place) => point(highs[place]!, place)), ...finite.reverse().map((place) => point(lows[place]!, place))].join("L")}Z`;
}
