// Ticks of the axes: round numbers of epochs or steps, round values, and on a log axis powers of ten or closer ones.

import { formatNumber, powerOfTen } from "../../common/numbers";

const ROUND = [1, 2, 5];

// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (ROUND.find((factor) => factor * power >= least * 0.999) ?? 10) * power;
}

export function linearTicks(low: number, high: number, most: number, least = 0): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [];
  const step = Math.max(least, roundStep((high - low) / Math.max(1, most))), first = Math.ceil(low / step - 1e-9);
  const count = Math.min(100, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// As figures/frame.py log_ticks; low and high are powers of ten.
export function logTicks(low: number, high: number): number[] {
  const sets = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9], Array.from({ length: 90 }, (_, i) => 1 + i / 10)];
  const wanted = high - low > 3 ? 4 : 3, from = Math.floor(low) - 1, to = Math.ceil(high) + 1;
  const thin = Math.max(1, Math.ceil((high - low) / 8));
  const all = (steps: number[]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .filter((decade) => steps.length > 1 || decade % thin === 0)
    .flatMap((decade) => steps.map((step) => step * 10 ** decade))
    .filter((value) => Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9);
  const found = sets.map(all).find((ticks) => ticks.length >= wanted) ?? all(sets[3]!);
  return found.filter((_, i) => i % Math.ceil(found.length / 8) === 0);
}

export function logLabel(value: number): string {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(value / 10 ** exponent - 1) < 1e-9 && Math.abs(exponent) > 2 ? powerOfTen(exponent) : formatNumber(value, 3);
}

// As many digits as the ticks differ in: near 1,000.2 four would not do.
export function tickLabels(ticks: number[]): string[] {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : 0;
  const largest = Math.max(...ticks.map(Math.abs));
  const digits = step > 0 && largest > 0 ? Math.ceil(Math.log10(largest / step) + 1e-9) + 1 : 4;
  return ticks.map((tick) => formatNumber(tick, Math.max(3, Math.min(digits, 10))));
}
