// Numbers so short that they fit into a cell; all of an array have the decimals and the power of ten that its largest needs.

import { formatNumber, powerOfTen } from "../../../common/numbers";
import type { Values } from "../../../common/tensors";

export interface Scale { decimals: number; power: number }

const NARROW_PX = 32, MOST_WHOLE = 1e4, LETTER_PX = 6.5;
const known = new WeakMap<Values, Scale>();

export function scaleOf(values: Values): Scale {
  if (!known.has(values)) known.set(values, findScale(values));
  return known.get(values)!;
}

function findScale(values: Values): Scale {
  let largest = 0, isWhole = true;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!Number.isFinite(size)) continue;
    if (size > largest) largest = size;
    isWhole &&= Number.isInteger(size);
  }
  if (!largest || (isWhole && largest < MOST_WHOLE)) return { decimals: 0, power: 0 };
  const exponent = Math.floor(Math.log10(largest));
  const power = exponent < -1 ? 3 * Math.floor((exponent + 1) / 3) : exponent > 3 ? 3 * Math.floor(exponent / 3) : 0;
  return { decimals: Math.max(0, Math.min(2, 2 + power - exponent)), power };
}

// What cells leave out: ` (10⁻³)`.
export const powerMark = ({ power }: Scale): string => (power ? ` (${powerOfTen(power)})` : "");

// width: of the cell; in a narrow one a zero before the point is left out. A plain 0 is exactly zero: a number that these decimals
// would make 0 has one digit of its own, or is left out where this does not fit.
export function shortNumber(value: number, { decimals, power }: Scale, width: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === 0) return "0";
  const sign = value < 0 ? "−" : "", size = Math.abs(value);
  if (size === Infinity) return `${sign}∞`;
  const words = (size / 10 ** power).toFixed(decimals);
  if (!Number(words)) return fitting(sign + formatNumber(size / 10 ** power, 1), width);
  return sign + (width < NARROW_PX ? words.replace(/^0\./, ".") : words);
}

const fitting = (number: string, width: number): string => (number.length * LETTER_PX <= width ? number : "");
