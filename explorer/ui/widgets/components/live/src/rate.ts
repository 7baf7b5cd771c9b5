// The learning rate of every step: strong as far as the run has come, pale what is to come.

import type { LiveData } from "./contract";
import { axisEnd } from "./curves";
import { fill, formatNumber, whole } from "../../common/numbers";
import { clipped, strokeLine } from "./pen";
import { nearestIndex, type Scene } from "./plot";
import { yRange } from "./range";
import type { Numbers } from "./received";
import type { Table } from "./table";

export function rateScene(numbers: Numbers, { look, words }: LiveData): Scene {
  const { meta, rate, rateStep } = numbers, done = rateStep.findLastIndex((step) => step <= meta.step) + 1;
  const { training } = look.roles;
  return {
    xMax: axisEnd(numbers), perEpoch: meta.batches_per_epoch, log: meta.rate_log,
    y: () => yRange([], [rate], [], meta.rate_log, null),
    yTitle: meta.rate_log ? fill(words.log!, { axis: words.rate! }) : words.rate!,
    points: rateStep,
    read: (step) => [{ name: words.rate!, color: training.color, value: formatNumber(rate[nearestIndex(rateStep, step)] ?? NaN) }],
    draw: (pen) => clipped(pen, () => {
      strokeLine(pen, rateStep.subarray(Math.max(0, done - 1)), rate.subarray(Math.max(0, done - 1)), { color: look.roles.coming.color, width: 2 });
      strokeLine(pen, rateStep.subarray(0, done), rate.subarray(0, done), { color: training.color, width: 2.5 });
    }),
  };
}

export function describeRate({ meta, rate, rateStep }: Numbers, { words }: LiveData): string {
  if (!rate.length) return words.waiting!;
  const now = rate[Math.max(0, nearestIndex(rateStep, meta.step))]!;
  return fill(words.rate_goes!, { start: formatNumber(rate[0]!), now: formatNumber(now), step: whole(meta.step), end: formatNumber(rate.at(-1)!) });
}

export function tabulateRate({ rate, rateStep }: Numbers, { words }: LiveData): Table {
  return { title: words.rate_title!, columns: [words.step!, words.rate!],
           rows: [...rateStep].map((step, i) => [whole(step), formatNumber(rate[i]!)]) };
}
