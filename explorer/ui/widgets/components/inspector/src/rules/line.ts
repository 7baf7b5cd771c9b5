// Numbers and sums in a line of text, as explorer/operations/arithmetic/work.py writes them.

import { formatNumber } from "../numbers";

const MOST_TERMS = 8;

export const number = (value: number): string => formatNumber(value);

// A number behind an operator: in brackets where it is negative.
export function factor(value: number): string {
  const written = number(value);
  return written.startsWith("−") ? `(${written})` : written;
}

// A term behind another one, with its sign.
export function plus(value: number): string {
  const written = number(value);
  return written.startsWith("−") ? ` − ${written.slice(1)}` : ` + ${written}`;
}

// A sum of products: the first few terms and how many more there are.
export const productsLine = (first: ArrayLike<number>, second: ArrayLike<number>): string => joined(first, (i) => ` · ${factor(second[i]!)}`);

export const sumLine = (values: ArrayLike<number>): string => joined(values, () => "");

export function listLine(values: ArrayLike<number>): string {
  const terms = Array.from({ length: Math.min(values.length, MOST_TERMS) }, (_, i) => number(values[i]!));
  return [...terms, ...(values.length > MOST_TERMS ? ["…"] : [])].join(", ");
}

function joined(values: ArrayLike<number>, times: (i: number) => string): string {
  const terms = Array.from({ length: Math.min(values.length, MOST_TERMS) }, (_, i) => (i ? plus(values[i]!) : number(values[i]!)) + times(i));
  return (terms.join("") || "0") + (values.length > MOST_TERMS ? ` + … + ${values.length - MOST_TERMS} more` : "");
}
