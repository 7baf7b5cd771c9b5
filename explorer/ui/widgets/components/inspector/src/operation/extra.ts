// Pictures beside the arithmetic, by rule: the curve of an activation, how the values of a normalization are spread.

import { formatNumber } from "../numbers";
import { cellsOf, take } from "../rules/arrays";
import type { Explanation, Operation, Pointwise } from "../rules/contract";
import type { Shape } from "../scene";
import type { Box } from "./box";
import type { Paper } from "./paper";

const HEIGHT_PX = 190, BINS = 40;

export function drawExtra(operation: Operation, explanation: Explanation, box: Box, paper: Paper, words: Record<string, string>): { shapes: Shape[]; height: number; box: Box | null } {
  const own = { ...box, width: Math.min(box.width, 340), height: Math.min(HEIGHT_PX, box.height / 2) };
  if (operation.rule.type === "Pointwise" && operation.rule.curve_x.data.length) return { shapes: drawCurve(operation.rule, explanation, own, paper), height: own.height + 14, box: own };
  if (operation.rule.type === "Normalization" && explanation.windows.length) return { shapes: drawSpread(operation, explanation, own, paper, words), height: own.height + 14, box: own };
  return { shapes: [], height: 0, box: null };
}

interface Axes { x: (value: number) => number; y: (value: number) => number }

function axesOf(box: Box, [left, right]: [number, number], [low, high]: [number, number]): Axes {
  return { x: (value) => box.x + ((value - left) / (right - left || 1)) * box.width, y: (value) => box.y + box.height - 16 - ((value - low) / (high - low || 1)) * (box.height - 22) };
}

function drawCurve({ curve_x, curve_y }: Pointwise, { steps, value }: Explanation, box: Box, paper: Paper): Shape[] {
  const input = steps[0]!.values.data[0]!, xs = curve_x.data, ys = curve_y.data, left = Math.min(xs[0]!, input), right = Math.max(xs.at(-1)!, input);
  const finite = [...ys].filter(Number.isFinite), low = Math.min(0, value, ...finite), high = Math.max(0, value, ...finite), at = axesOf(box, [left, right], [low, high]);
  const points = [...xs].map((x, i) => [x, ys[i]!] as const).filter(([, y]) => Number.isFinite(y)), base = { stroke: paper.grid };
  const curve = points.map(([x, y], i) => `${i ? "L" : "M"}${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`).join("");
  return [
    { kind: "line", x: box.x, y: at.y(0), toX: box.x + box.width, toY: at.y(0), ...base }, { kind: "line", x: at.x(0), y: box.y, toX: at.x(0), toY: box.y + box.height - 16, ...base },
    { kind: "path", d: curve, stroke: paper.muted, line: 2 }, ...marks(at, input, value, box, paper),
  ];
}

// The point on a curve, with lines to both axes.
function marks(at: Axes, x: number, y: number, box: Box, paper: Paper): Shape[] {
  const dash = [3, 3];
  return [
    { kind: "line", x: at.x(x), y: at.y(0), toX: at.x(x), toY: at.y(y), stroke: paper.text, dash }, { kind: "line", x: at.x(0), y: at.y(y), toX: at.x(x), toY: at.y(y), stroke: paper.text, dash },
    { kind: "rect", x: at.x(x) - 5, y: at.y(y) - 5, width: 10, height: 10, radius: 5, fill: paper.accent, stroke: paper.background, line: 2 },
    { kind: "text", x: Math.min(box.x + box.width - 24, Math.max(box.x + 24, at.x(x))), y: box.y + box.height - 6, words: formatNumber(x, 3), color: paper.text, px: 12, align: "center" },
    { kind: "text", x: at.x(x) + (x > 0 ? -10 : 10), y: Math.max(box.y + 8, at.y(y) - 12), words: formatNumber(y, 3), color: paper.text, px: 12, align: x > 0 ? "right" : "left" },
  ];
}

// A histogram of the values that share a mean, the mean ± the deviation, and the unit's own.
function drawSpread({ operands, rule }: Operation, { windows, steps }: Explanation, box: Box, paper: Paper, words: Record<string, string>): Shape[] {
  const input = operands[0]!.values, given = (title: string) => steps.find((step) => step.title === title)?.values.data[0];
  const mean = given("Mean") ?? given("Recorded mean") ?? 0, variance = given("Variance") ?? given("Recorded variance") ?? given("Mean square") ?? 0, own = given("Value")!;
  const window = rule.type === "Normalization" && !rule.over.length ? { ...windows[0]!, start: [windows[0]!.start[0]!, ...input.shape.slice(1).map(() => 0)], stop: [windows[0]!.stop[0]!, ...input.shape.slice(1)] } : windows[0]!;
  const values = take(input, cellsOf(window, input.shape)), deviation = Math.sqrt(variance), left = Math.min(mean - deviation, own, ...bounded(values)), right = Math.max(mean + deviation, own, ...bounded(values));
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.max(0, Math.floor(((value - left) / (right - left || 1)) * BINS)))]!++;
  const at = axesOf(box, [left, right], [0, Math.max(...counts) * 1.1]), width = box.width / BINS, floor = at.y(0);
  return [
    { kind: "rect", x: at.x(mean - deviation), y: box.y + 4, width: at.x(mean + deviation) - at.x(mean - deviation), height: floor - box.y - 4, fill: paper.panel },
    ...counts.map((count, i): Shape => ({ kind: "rect", x: box.x + i * width, y: at.y(count), width: width - 1, height: floor - at.y(count), fill: paper.muted, alpha: 0.55 })),
    { kind: "line", x: at.x(mean), y: box.y + 4, toX: at.x(mean), toY: floor, stroke: paper.text, dash: [4, 3] },
    { kind: "line", x: at.x(own), y: box.y + 12, toX: at.x(own), toY: floor, stroke: paper.accent, line: 3 },
    { kind: "text", x: clampX(at.x(mean), box), y: floor + 10, words: `${words.mean} ± ${words.deviation}: ${formatNumber(mean, 3)} ± ${formatNumber(deviation, 3)}`, color: paper.muted, px: 12, align: "center" },
    { kind: "text", x: at.x(own) + (at.x(own) > box.x + box.width / 2 ? -6 : 6), y: box.y + 12, words: formatNumber(own, 3), color: paper.accent, px: 13, weight: 600, align: at.x(own) > box.x + box.width / 2 ? "right" : "left" },
  ];
}

const clampX = (x: number, box: Box): number => Math.min(box.x + box.width - 90, Math.max(box.x + 90, x));

const bounded = (values: Float64Array): number[] => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [];
};
