// A place of the input, the same in every panel: where the pointer is, and what an attribution gives it.

import { type Box, holds } from "../operation/box";
import type { Tensor } from "../../../common/tensors";
import { barAt } from "./bars";
import type { Chosen, Spot } from "./choices";
import type { Attribution } from "./contract";
import { frameOf, isMap } from "./picture";
import { cellsOf } from "./tokens";
import { shownOf } from "./values";

// The input's rows and columns; of what is no image one row.
export function sizeOf(found: Attribution, picture: Tensor): [rows: number, columns: number] {
  if (isMap(found) && picture.data.length) return [picture.shape[1]!, picture.shape[2]!];
  const { shape } = found.values;
  return isMap(found) ? [shape.at(-2)!, shape.at(-1)!] : [1, shape.at(-1)!];
}

export function spotAt(found: Attribution, picture: Tensor, names: string[], chosen: Chosen, box: Box, scale: number, x: number, y: number): Spot | null {
  const shown = shownOf(found, chosen);
  if (isMap(found)) {
    const frame = frameOf({ picture }, shown, box), [rows, columns] = sizeOf(found, picture);
    return holds(frame, x, y) ? { row: Math.floor(((y - frame.y) / frame.height) * rows), column: Math.floor(((x - frame.x) / frame.width) * columns) } : null;
  }
  const place = found.kind === "tokens" ? cellsOf(names, box, scale).find((cell) => holds(cell, x, y))?.place : barAt(shown, chosen.isSorted, box, y, scale);
  return place === undefined || place === null ? null : { row: 0, column: place };
}

// NaN for a place that the attribution does not have.
export function valueAt(found: Attribution, picture: Tensor, chosen: Chosen, { row, column }: Spot): number {
  const { values, rows, columns } = shownOf(found, chosen), [down, across] = sizeOf(found, picture);
  if (row >= down || column >= across) return NaN;
  return values[Math.floor((row * rows) / down) * columns + Math.floor((column * columns) / across)] ?? NaN;
}
