// Norms on a logarithmic scale: from the smallest to the largest that there is, over one decade at least.

export interface Scale { low: number; high: number }

const MOST_DECADES = 12;

export function scaleFor(values: Iterable<number>): Scale {
  const known = [...values].filter((value) => Number.isFinite(value) && value > 0);
  if (!known.length) return { low: 0.1, high: 1 };
  const high = 10 ** Math.ceil(Math.log10(Math.max(...known)) - 1e-9), low = 10 ** Math.floor(Math.log10(Math.min(...known)) + 1e-9);
  return { low: Math.max(Math.min(low, high / 10), high / 10 ** MOST_DECADES), high };
}

// From 0 to 1; null for what has no place on the scale: nothing, or no number.
export function shareOf(value: number, { low, high }: Scale): number | null {
  if (!Number.isFinite(value) || value <= 0) return null;
  return Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
}

export function decadesOf({ low, high }: Scale, most: number): number[] {
  const [from, to] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))], step = Math.max(1, Math.ceil((to - from) / most));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 10 ** (from + i * step));
}
