// An array as tiles of rows and columns: maps of channels, a matrix, or a strip of values that may go over several lines.

import { size } from "../rules/arrays";
import type { Operand } from "../rules/contract";

const LIST_MOST = 24;  // values of a vector that are written below each other

export interface Tiles { count: number; rows: number; columns: number; square: boolean; length: number; isList: boolean }

export function tilesOf({ values: { shape }, axes, folded }: Operand, aspect: number): Tiles {
  const length = size(shape);
  if (folded.length > 1 && size(folded) === length) return flattened(folded, length);
  if (shape.length < 2) return { count: 1, length, ...strip(length, aspect) };
  const [rows, columns] = shape.slice(-2) as [number, number];
  return { count: length / (rows * columns) || 0, rows, columns, square: isSpace(axes.at(-1)) && isSpace(axes.at(-2)), length, isList: false };
}

// A vector as what was flattened into it.
function flattened(folded: number[], length: number): Tiles {
  const [rows, columns] = folded.slice(-2) as [number, number];
  return { count: length / (rows * columns), rows, columns, square: true, length, isList: false };
}

const isSpace = (axis: string | undefined): boolean => axis === "height" || axis === "width";

function strip(length: number, aspect: number) {
  if (length <= LIST_MOST) return { rows: Math.max(length, 1), columns: 1, square: false, isList: true };
  const columns = Math.min(length, Math.max(1, Math.round(Math.sqrt(length * aspect))));
  return { rows: Math.ceil(length / columns), columns, square: true, isList: false };
}
