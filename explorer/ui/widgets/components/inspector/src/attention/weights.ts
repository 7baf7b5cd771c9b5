// Rows, columns and matrices of weights, each made once: of a head, or the mean of all.

import type { Values } from "../../../common/tensors";
import { limitOf } from "../scene";
import { twinOf } from "../twins";
import { type AttentionView, type Chosen, hasAllPairs, type Side, tokensOf } from "./contract";

// other: the same of the swipe's other side, with whose colors these end.
export interface Matrix { values: Float32Array; rows: number; columns: number; other: Float32Array | null }
export const MEAN = -1;
const MOST_SHARE = 0.99;  // of the weights are below the end of the colors

const made = new WeakMap<object, Map<string, Float32Array>>();

function once(view: AttentionView, key: string, make: () => Float32Array): Float32Array {
  const own = made.get(view) ?? new Map<string, Float32Array>();
  made.set(view, own);
  if (!own.has(key)) own.set(key, make());
  return own.get(key)!;
}

// The matrix of a head that is here; what a mask hides is no number.
export function matrixOf(view: AttentionView, window: number, head: number): Matrix | null {
  const values = valuesOf(view, window, head), twin = twinOf(view), [, , rows, columns] = view.part.weights.shape as [number, number, number, number];
  return values && { values, rows, columns, other: twin ? valuesOf(twin, window, head) : null };
}

function valuesOf(view: AttentionView, window: number, head: number): Float32Array | null {
  const { part } = view, { shape, data } = part.weights, [, heads, rows, columns] = shape as [number, number, number, number];
  const at = part.windows.indexOf(window), own = head === MEAN ? MEAN : part.heads.indexOf(head);
  if (at < 0 || (head !== MEAN && own < 0)) return null;
  const size = rows * columns;
  return once(view, `matrix ${at} ${own}`, () => {
    const from = at * heads * size, found = own === MEAN ? meanOf(data, from, heads, size) : Float32Array.from(data.subarray(from + own * size, from + (own + 1) * size));
    if (part.hidden.data.length) for (let i = 0; i < size; i++) if (part.hidden.data[at * size + i]) found[i] = NaN;
    return found;
  });
}

const ends = new WeakMap<object, number>();

// Where the colors of a matrix end: one row of a single key that is not hidden would leave all others dark.
export const endOf = ({ values, other }: Matrix): number => Math.max(endAlone(values), other ? endAlone(other) : 0);

function endAlone(values: Float32Array): number {
  if (!ends.has(values)) {
    const sorted = values.filter((value) => value > 0 && value < Infinity).sort();
    ends.set(values, sorted[Math.floor((sorted.length - 1) * MOST_SHARE)] ?? 1);
  }
  return ends.get(values)!;
}

function meanOf(data: Values, from: number, heads: number, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[from + head * size + i]!;
    return sum / heads;
  });
}

// The weights from the query to all keys, or from all queries to the key: exact; null where they are not here.
export function lineOf(view: AttentionView, chosen: Chosen, from: Side): Float32Array | null {
  const { window, head } = chosen, at = chosen[from], count = tokensOf(view, from === "query" ? "key" : "query"), [own, , query, key] = view.unit;
  if (hasAllPairs(view.part) && view.part.weights.shape[2] === view.shape[2]) {
    const matrix = matrixOf(view, window, head);
    if (matrix) return once(view, `line ${from} ${window} ${head} ${at}`, () => Float32Array.from({ length: count }, (_, i) => matrix.values[from === "query" ? at * matrix.columns + i : i * matrix.columns + at]!));
  }
  if (window !== own || at !== (from === "query" ? query : key)) return null;
  const { data } = from === "query" ? view.row : view.column;
  return once(view, `exact ${from} ${head}`, () => (head === MEAN ? meanOf(data, 0, view.shape[1], count) : Float32Array.from(data.subarray(head * count, (head + 1) * count))));
}

// The largest of a line, and of that of the swipe's other side.
export function limitOfLine(view: AttentionView, line: Float32Array | null, chosen: Chosen, from: Side): number {
  const twin = twinOf(view), other = twin ? lineOf(twin, chosen, from) : null;
  return line ? Math.max(limitOf(line), other ? limitOf(other) : 0) : 1;
}

export function weightOf(view: AttentionView, chosen: Chosen): number {
  return lineOf(view, chosen, "query")?.[chosen.key] ?? lineOf(view, chosen, "key")?.[chosen.query] ?? NaN;
}

export function isHidden(view: AttentionView, { window, query, key }: Chosen): boolean {
  const { hidden, windows, start, every } = view.part, [, rows, columns] = hidden.shape as [number, number, number], at = windows.indexOf(window);
  const [row, column] = [(query - start[0]) / every[0], (key - start[1]) / every[1]];
  return at >= 0 && Number.isInteger(row) && Number.isInteger(column) && hidden.data[(at * rows + row) * columns + column] === 1;
}

// Whether the mask hides any of a window's pairs that are here.
export function hidesAny({ part: { hidden, windows } }: AttentionView, window: number): boolean {
  const size = hidden.shape[1]! * hidden.shape[2]!, at = windows.indexOf(window);
  return at >= 0 && hidden.data.subarray(at * size, (at + 1) * size).includes(1);
}

// A number of a pair's arrays (head, query, key): of all pairs, or of the chosen one alone.
export function pairNumber(view: AttentionView, name: "scores" | "added", { head, query, key, window }: Chosen): number {
  const { data, shape } = view.pair[name], [, heads, queries, keys] = view.shape, unit = view.unit;
  if (head === MEAN || window !== unit[0]) return NaN;
  if (shape[0] === heads && shape[1] === queries && shape[2] === keys) return data[(head * queries + query) * keys + key]!;
  return data.length === 1 && head === unit[1] && query === unit[2] && key === unit[3] ? data[0]! : NaN;
}

// A row of queries, keys or values.
export function rowOf(view: AttentionView, name: "queries" | "keys" | "values", head: number, token: number): Float32Array | null {
  const { data, shape } = view.pair[name], [heads, tokens, features] = shape as [number, number, number], all = view.shape[name === "queries" ? 2 : 3];
  if (!data.length || head === MEAN || head >= heads || (tokens !== all && token !== view.unit[name === "queries" ? 2 : 3])) return null;
  const from = (head * tokens + (tokens === all ? token : 0)) * features;
  return once(view, `row ${name} ${head} ${token}`, () => Float32Array.from(data.subarray(from, from + features)));
}
