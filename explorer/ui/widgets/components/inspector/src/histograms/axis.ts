// Number lines with a few round marks.

export interface Axis { low: number; high: number; from: number; to: number }

export const along = ({ low, high, from, to }: Axis, value: number): number => from + ((value - low) / (high - low || 1)) * (to - from);

export function marks({ low, high }: Axis, about = 5): number[] {
  const span = high - low || 1, rough = span / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!, found: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at++) found.push(at * step);
  return found;
}
