// What patches change, as bands of maps: all places, each channel, each unit; and the unit that a value of them is of.

import type { Words } from "../contract";
import type { Tensor } from "../../../common/tensors";
import { type MapGrid, type Place, placeOf, sizeOf, strongest, unitAt } from "../maps/contract";
import type { Patching } from "./patching";

export interface Bands {
  grids: MapGrid[];
  units: MapGrid | null;
  unitAt: (grid: MapGrid, place: Place) => number[] | null;
}

export function bandsOf({ node, parts, places, units }: Patching, words: Words): Bands {
  const bare: Omit<MapGrid, "title" | "values" | "shape"> = { signed: true, labels: [], note: null, axis: "", largest: 0 };
  const ofPlaces: MapGrid | null = places && { ...bare, title: words.places!, values: asMaps(places.values), shape: places.values.shape };
  const ofParts: MapGrid | null = parts && { ...bare, title: words.parts!, values: { data: parts.values.data, shape: [parts.values.shape[0]!, 1, 1] }, shape: [parts.values.shape[0]!] };
  const ofUnits: MapGrid | null = units && { ...units, title: words.units!.replace("{node}", node), note: null };
  const grids = [ofPlaces, ofParts, ofUnits].filter((grid): grid is MapGrid => grid !== null);
  const unitOf = (grid: MapGrid, place: Place): number[] | null => {
    if (grid === ofUnits) return unitAt(grid, place);
    if (grid === ofParts) return ofUnits ? ofPart(ofUnits, place.map) : [place.map];
    return ofUnits ? atPlace(ofUnits, place) : null;
  };
  return { grids, units: ofUnits, unitAt: unitOf };
}

const asMaps = ({ data, shape }: Tensor): Tensor => ({ data, shape: [1, ...shape] });

// Of a channel, or of a feature of tokens, the unit that changes most.
function ofPart(units: MapGrid, part: number): number[] {
  if (units.shape.length > 2) return unitAt(units, strongest(units, part));
  const [, rows, columns] = sizeOf(units), { data } = units.values;
  let best = 0;
  for (let row = 1; row < rows; row++) if (Math.abs(data[row * columns + part]!) > Math.abs(data[best * columns + part]!)) best = row;
  return [best, part];
}

// At a place the channel that changes most.
function atPlace(units: MapGrid, { row, column }: Place): number[] {
  const [count, rows, columns] = sizeOf(units), { data } = units.values;
  if (units.shape.length === 2) return unitAt(units, rowStrongest(units, column));
  let best = 0;
  const at = (map: number) => Math.abs(data[(map * rows + row) * columns + column]!);
  for (let map = 1; map < count; map++) if (at(map) > at(best)) best = map;
  return unitAt(units, { map: best, row, column });
}

function rowStrongest(units: MapGrid, row: number): Place {
  const [, , columns] = sizeOf(units), { data } = units.values;
  let best = 0;
  for (let column = 1; column < columns; column++) if (Math.abs(data[row * columns + column]!) > Math.abs(data[row * columns + best]!)) best = column;
  return { map: 0, row, column: best };
}

export function unitOn({ units, grids }: Bands, unit: number[]): { grid: MapGrid; place: Place } | null {
  const grid = units ?? grids.find(({ shape }) => shape.length === 1), place = grid ? placeOf(grid, unit) : null;
  return grid && place ? { grid, place } : null;
}

// The numbers that a value is written with: of the unit, or of the place.
export function placeOn(grid: MapGrid, place: Place): number[] {
  const isRow = grid.shape.length === 2 && sizeOf(grid)[1] === 1;
  return isRow ? [place.column] : unitAt(grid, place);
}
