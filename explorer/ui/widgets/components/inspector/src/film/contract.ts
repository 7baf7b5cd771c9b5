// A film as explorer/results/time_results.py describes it.

import type { Values } from "../../../common/tensors";
import type { Tensor } from "../../../common/tensors";

export type What = "map" | "kernels";

export interface Film {
  type: "Film"; title: string; node: string; what: What; place: number[]; steps: Tensor; frames: Tensor; across: number; total: number[];
  every: number[]; signed: boolean; limit: number; epoch: Tensor; loss: Tensor; every_step: Tensor; damaged: number[]; note: string | null;
}

// One frame: tiles of rows × columns, `across` of them in a row.
export interface Frame {
  step: number; epoch: number; loss: number; values: Values; tiles: number; rows: number; columns: number; across: number; limit: number;
  notFinite: number;
}

export function framesOf({ steps, frames, across, epoch, loss }: Film): Frame[] {
  const [, tiles, rows, columns] = frames.shape as [number, number, number, number], size = tiles * rows * columns;
  return [...steps.data].map((step, n) => {
    const values = frames.data.subarray(n * size, (n + 1) * size);
    return { step, epoch: epoch.data[n]!, loss: loss.data[n]!, values, tiles, rows, columns, across, ...measured(values) };
  });
}

function measured(values: Values): { limit: number; notFinite: number } {
  let limit = 0, notFinite = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (!(magnitude < Infinity)) notFinite++;
    else if (magnitude > limit) limit = magnitude;
  }
  return { limit, notFinite };
}
