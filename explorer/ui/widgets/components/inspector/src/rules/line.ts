// Numbers and sums in a line of text, as explorer/operations/arithmetic/work.py writes them.

import { formatNumber } from "../../../common/numbers";

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

// A sum of products: those that count most, in their order, and how many more there are.
export const productsLine = (first: ArrayLike<number>, second: ArrayLike<number>): string =>
  joined(first, largest(first, (i) => first[i]! * second[i]!), (i) => ` · ${factor(second[i]!)}`);

export const sumLine = (values: ArrayLike<number>): string => joined(values, largest(values, (i) => values[i]!), () => "");

export function listLine(values: ArrayLike<number>): string {
  const terms = Array.from({ length: Math.min(values.length, MOST_TERMS) }, (_, i) => number(values[i]!));
  return [...terms, ...(values.length > MOST_TERMS ? ["…"] : [])].join(", ");
}

// The places of the terms that a line writes out.
function largest({ length }: ArrayLike<number>, term: (i: number) => number): number[] {
  const places = Array.from({ length }, (_, i) => i);
  if (length <= MOST_TERMS) return places;
  const sizes = places.map((i) => (Number.isNaN(term(i)) ? Infinity : Math.abs(term(i))));
  return places.sort((a, b) => sizes[b]! - sizes[a]! || a - b).slice(0, MOST_TERMS).sort((a, b) => a - b);
}

function joined(values: ArrayLike<number>, shown: number[], times: (i: number) => string): string {
  const terms = shown.map((i, place) => (place ? plus(values[i]!) : number(values[i]!)) + times(i));
  return (terms.join("") || "0") + (values.length > MOST_TERMS ? ` + … + ${values.length - MOST_TERMS} more` : "");
}
