// The view of a run, in the form of the results that it holds.

import { type Item, unpack } from "../../common/results";
import type { Message } from "../../common/tensors";

export type { Item };
export interface View { stamp: string; step: number; items: Item[] }

export function readView({ meta, tensors }: Message): View {
  return { stamp: String(meta.stamp), step: Number(meta.step) || 0, items: unpack(meta.results, tensors) ?? [] };
}
