// Numbers and sums in a line of text, as explorer/operations/arithmetic/work.py writes them.

import { formatNumber } from "../numbers";

const MOST_TERMS = 8;

export const number = (value: number): string => formatNumber(value);

// A number behind an operator: in brackets where it is negative.
export function factor(value: number): string {
  const written = number(value);
  return written.startsWith("−") ? `(${written})` : written;
}

export function productsLine(first: ArrayLike<number>, second: ArrayLike<number>): string {
  return joined(first.length, (i) => `${factor(first[i]!)} · ${factor(second[i]!)}`);
}

export const sumLine = (values: ArrayLike<number>): string => joined(values.length, (i) => factor(values[i]!));

export function listLine(values: ArrayLike<number>): string {
  const terms = Array.from({ length: Math.min(values.length, MOST_TERMS) }, (_, i) => number(values[i]!));
  return [...terms, ...(values.length > MOST_TERMS ? ["…"] : [])].join(", ");
}

function joined(count: number, term: (i: number) => string): string {
  const terms = Array.from({ length: Math.min(count, MOST_TERMS) }, (_, i) => term(i));
  return terms.join(" + ") + (count > terms.length ? ` + … + ${count - terms.length} more` : "");
}
