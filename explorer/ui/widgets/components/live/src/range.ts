// The range of a y axis, so that everything with a name is in view.

const OUTLIER_FACTOR = 1000, PAD = 0.06;

// Values at shares of the finite ones in order; on a log axis those above zero, as powers of ten.
function ordered(lines: ArrayLike<number>[], log: boolean): Float64Array {
  const good: number[] = [];
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      const value = log ? Math.log10(line[i]!) : line[i]!;
      if (Number.isFinite(value)) good.push(value);
    }
  }
  return Float64Array.from(good).sort();
}

const at = (values: Float64Array, share: number): number => values[Math.round(share * (values.length - 1))]!;

// [lowest, highest], without what lies a thousand times further out than nine tenths of the values reach; of a raw line
// without its rarest hundredths.
function extent(values: Float64Array, raw: boolean): number[] {
  if (!values.length) return [];
  const [low, inner, outer, high] = (raw ? [0.01, 0.05, 0.95, 0.99] : [0, 0.05, 0.95, 1]).map((share) => at(values, share));
  const reach = OUTLIER_FACTOR * (outer! - inner! || Math.abs(inner!)) || Infinity;
  return [low! < inner! - reach ? inner! : low!, high! > outer! + reach ? outer! : high!];
}

export function yRange(raw: ArrayLike<number>[], named: ArrayLike<number>[], others: number[], log: boolean,
                       given: [number, number] | null): [number, number] {
  if (given && given[1] > given[0] && (!log || given[0] > 0)) return given;
  const references = [...ordered([others], log)];
  const ends = [...extent(ordered(raw, log), true), ...extent(ordered(named, log), false), ...references];
  const [low, high] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  const pad = PAD * (high - low) || 0.5 * Math.max(Math.abs(high), log ? 0.6 : Math.abs(high) < 1e-30 ? 0.1 : 0);
  return log ? [10 ** (low - pad), 10 ** (high + pad)] : [low - pad, high + pad];
}
