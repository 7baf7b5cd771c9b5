// One answer about the whole network: each node's maps by its address, and numbers over the nodes.

import type { Item, Values } from "./inspector";

export interface NodeMaps {
  address: string;
  form: string;
  values: Values;         // (map, height, width)
  total: number;
  shape: number[];
  step: number[];         // of rows and columns every so many are shown
  signed: boolean;
  limit: number;          // the largest magnitude of all of the output
  ranges: Values;         // (map, smallest and largest)
  names: string[];
  kernels: Values;        // (map, source map, height, width)
}

export interface Moment {
  inside: string;
  nodes: ReadonlyMap<string, NodeMaps>;
  numbers: ReadonlyMap<string, ReadonlyMap<string, number>>;  // by quantity, then by address
}

export function readMoment(items: readonly Item[]): Moment | null {
  const found = items.find((item) => item.type === "NetworkMaps");
  if (!found) return null;
  const nodes = found.nodes as NodeMaps[];
  const numbers = new Map((found.quantities as { quantity: string; values: Values }[]).map(({ quantity, values }) => [
    quantity, new Map(nodes.map((node, i) => [node.address, values.data[i]])),
  ]));
  return { inside: String(found.inside), nodes: new Map(nodes.map((node) => [node.address, node])), numbers };
}

// The place of a shown map's largest magnitude in the whole output, as the index of a unit.
export function strongestUnit({ values, shape, step, form }: NodeMaps, map: number): number[] {
  const [, rows, columns] = values.shape, size = rows * columns;
  let best = 0;
  for (let i = 1; i < size; i++) {
    if (Math.abs(values.data[map * size + i]) > Math.abs(values.data[map * size + best])) best = i;
  }
  return unitAt({ shape, step, form }, map, Math.floor(best / columns), best % columns);
}

export function unitAt({ shape, step, form }: Pick<NodeMaps, "shape" | "step" | "form">, map: number, row: number, column: number): number[] {
  if (form === "units") return unravel(map, shape);
  const place = [row * step[0], column * step[1]];
  return form === "tokens" ? place : [...unravel(map, shape.slice(0, -2)), ...place];
}

function unravel(index: number, shape: readonly number[]): number[] {
  const found: number[] = [];
  for (const size of [...shape].reverse()) {
    found.unshift(index % size);
    index = Math.floor(index / size);
  }
  return found;
}
