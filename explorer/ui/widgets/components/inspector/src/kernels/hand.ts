// Changes by hand: of one weight, of a kernel, of a row; each gives the page as it is until the server's own arrives.

import type { WeightEdit } from "../contract";
import type { Store } from "../store";
import { cellEdit, columnsOf, type Kernel, kernelAt, kernelEdit, type Kernels, ownRow, type Place, rowEdit, withKernel } from "./contract";
import { change, covers, put } from "./edits";
import { LARGEST, type Preset } from "./presets";

const MANY_CELLS = 8;  // of a kernel changed one by one, from which on it is one change

export function writeWeight(store: Store, page: Kernels, place: Place, at: number, value: number, continues: boolean): Kernels {
  const kernel = kernelAt(page, place), values = Array.from(kernel.values), { edits } = store.look;
  values[at] = value;
  const whole = kernelEdit(kernel, values), several = edits.filter((each) => covers(whole, each)).length >= MANY_CELLS;
  change(store, put(edits, several && values.every(Number.isFinite) ? whole : cellEdit(kernel, at, value)), continues);
  return withKernel(page, place, values);
}

// null where the outcome would not be finite.
export function applyTo(store: Store, page: Kernels, place: Place, preset: Preset): Kernels | null {
  const kernel = kernelAt(page, place), values = made(preset, kernel);
  if (!values) return null;
  change(store, put(store.look.edits, kernelEdit(kernel, values)));
  return withKernel(page, place, values);
}

export async function applyToRow(store: Store, probe: string, page: Kernels, row: number, preset: Preset): Promise<Kernels | null> {
  const all = (await wholeRow(store, probe, page, row)).map((kernel) => made(preset, kernel));
  if (all.some((values) => !values)) return null;
  change(store, put(store.look.edits, rowEdit(page, row, all.flatMap((values) => values!))));
  const { first: [, left] } = page, count = columnsOf(page);
  return all.slice(left, left + count).reduce((newer, values, column) => withKernel(newer, { row, column }, values!), page);
}

function made(preset: Preset, { values, high, wide }: Kernel): number[] | null {
  const found = preset(values, high, wide);
  return found.every((value) => Math.abs(value) <= LARGEST) ? found : null;
}

// The kernels of a row from its first column to its last, also those that the page has not got.
async function wholeRow(store: Store, probe: string, page: Kernels, row: number): Promise<Kernel[]> {
  const kernels: Kernel[] = [], own = ownRow(page, row), take = (from: Kernels, at: number) => {
    for (let column = kernels.length - from.first[1]; column < columnsOf(from); column++) kernels.push(kernelAt(from, { row: at, column }));
  };
  if (columnsOf(page) === page.size[1]) take(page, row);
  while (kernels.length < page.size[1]) {
    const { results, sentence } = await store.ask(probe, { node: page.node, table: page.table, row: own, column: kernels.length });
    const found = results[0] as Kernels | undefined;
    if (!found) throw new Error(sentence);
    take(found, found.order.data.indexOf(own));
  }
  return kernels;
}

export function resetNode(store: Store, node: string): void {
  const isOthers = ({ parameter }: WeightEdit) => parameter.slice(0, parameter.lastIndexOf(".")) !== node;
  const others = store.look.edits.filter(isOthers);
  if (others.length < store.look.edits.length) change(store, others);
}
