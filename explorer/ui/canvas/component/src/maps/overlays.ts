// A number over the nodes: as text, and as a share of the largest for a bar.

import { bytesText, countText, numberText, percentText } from "../numbers";

// As picture.py has it; `unit` decides the form.
export interface Overlay {
  name: string;
  title: string;
  unit: string;
}

export interface Scale {
  low: number;
  high: number;
  isLog: boolean;
}

const DECADES = 100;  // from where on the smallest and the largest are compared by their logarithms

export function textOf(value: number | undefined, { unit }: Overlay): string {
  if (value === undefined || Number.isNaN(value)) return "";
  switch (unit) {
    case "s": return value < 1e-3 ? `${(value * 1e6).toPrecision(3)} µs` : `${(value * 1e3).toPrecision(3)} ms`;
    case "share": return percentText(value);
    case "count": return countText(value);
    case "bytes": return bytesText(value);
    default: return value === 0 ? "0" : value >= 1e5 || value < 1e-3 ? value.toExponential(1) : numberText(value).slice(0, 6);
  }
}

export function scaleOf(values: Iterable<number>, { unit }: Overlay): Scale {
  const known = [...values].filter((value) => Number.isFinite(value) && value > 0);
  if (unit === "share") return { low: 0, high: 1, isLog: false };
  const low = Math.min(...known), high = Math.max(...known);
  if (!known.length) return { low: 0, high: 1, isLog: false };
  return high / low >= DECADES ? { low, high, isLog: true } : { low: 0, high, isLog: false };
}

// From 0 to 1; on a logarithmic scale the smallest still shows.
export function shareOf(value: number | undefined, { low, high, isLog }: Scale): number {
  if (value === undefined || !(value > 0)) return 0;
  if (!isLog) return Math.min(1, value / high);
  return 0.06 + 0.94 * Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
}
