// How the values of a normalization are spread: a histogram, the mean ± the deviation, and the unit's own value.

import { formatNumber } from "../../../common/numbers";
import { cellsOf, take } from "../rules/arrays";
import type { Explanation, Normalization, Operation, Window } from "../rules/contract";
import type { Shape } from "../scene";
import { axesOf, within } from "./axes";
import type { Box } from "./box";
import type { Paper } from "./paper";

const BINS = 40, HEADROOM = 1.1;

export function drawSpread(operation: Operation, explanation: Explanation, box: Box, paper: Paper, words: Record<string, string>): Shape[] {
  const { mean, deviation, own } = numbersOf(explanation), values = valuesOf(operation, explanation);
  const [left, right] = ends([...values, mean - deviation, mean + deviation, own]), counts = count(values, left, right);
  const at = axesOf(box, [left, right], [0, Math.max(...counts) * HEADROOM]), { floor } = at, width = box.width / BINS;
  const top = box.y + 4;
  const isRight = at.x(own) > box.x + box.width / 2;
  return [
    { kind: "rect", x: at.x(mean - deviation), y: top, width: at.x(mean + deviation) - at.x(mean - deviation), height: floor - top, fill: paper.panel },
    ...counts.map((n, i): Shape => ({ kind: "rect", x: box.x + i * width, y: at.y(n), width: width - 1, height: floor - at.y(n), fill: paper.muted, alpha: 0.55 })),
    { kind: "line", x: at.x(mean), y: top, toX: at.x(mean), toY: floor, stroke: paper.text, dash: [4, 3] },
    { kind: "line", x: at.x(own), y: box.y + 12, toX: at.x(own), toY: floor, stroke: paper.accent, line: 3 },
    { kind: "text", x: within(at.x(mean), box, 90), y: floor + 10, color: paper.muted, px: 12, align: "center",
      words: `${words.mean} ± ${words.deviation}: ${formatNumber(mean, 3)} ± ${formatNumber(deviation, 3)}` },
    { kind: "text", x: at.x(own) + (isRight ? -6 : 6), y: box.y + 12, words: formatNumber(own, 3), color: paper.accent, px: 13, weight: 600,
      align: isRight ? "right" : "left" },
  ];
}

function numbersOf({ steps }: Explanation): { mean: number; deviation: number; own: number } {
  const given = (...titles: string[]) => steps.find(({ title }) => titles.includes(title))?.values.data[0] ?? 0;
  return { mean: given("Mean", "Recorded mean"), deviation: Math.sqrt(given("Variance", "Recorded variance", "Mean square")), own: given("Value") };
}

// Those that share the mean; where it was recorded in training, those of the unit's channel.
function valuesOf({ operands, rule }: Operation, { windows }: Explanation): Float64Array {
  const { values } = operands[0]!, [window] = windows, whole = (rule as Normalization).over.length > 0;
  return take(values, cellsOf(whole ? window! : channelOf(window!, values.shape), values.shape));
}

const channelOf = (window: Window, shape: number[]): Window =>
  ({ ...window, start: window.start.map((at, axis) => (axis ? 0 : at)), stop: window.stop.map((at, axis) => (axis ? shape[axis]! : at)) });

function ends(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

function count(values: Float64Array, left: number, right: number): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - left) / (right - left || 1)) * BINS);
    if (Number.isFinite(bin)) counts[Math.min(BINS - 1, Math.max(0, bin))]!++;
  }
  return counts;
}
