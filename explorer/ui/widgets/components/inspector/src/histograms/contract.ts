// Histograms at steps as explorer/results/time_results.py describes them.

import type { Tensor } from "../../../common/tensors";

export interface Series {
  type: "HistogramSeries"; title: string; node: string; what: string; steps: Tensor; edges: Tensor; counts: Tensor; mean: Tensor; spread: Tensor;
  shares: number[]; percentiles: Tensor; not_finite: Tensor; counted: number; total: number; epoch: Tensor; loss: Tensor; damaged: number[];
  note: string | null;
}

// One run's histograms, with its color and its name.
export interface Shown { series: Series; color: string; title: string }

export const binsOf = ({ edges }: Series): number => edges.data.length - 1;

// How dense the values are in each bin of a step: the area below is one.
export function densityOf(series: Series, place: number): number[] {
  const bins = binsOf(series), width = series.edges.data[1]! - series.edges.data[0]!, from = place * bins;
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) sum += series.counts.data[from + bin]!;
  return Array.from({ length: bins }, (_, bin) => (sum ? series.counts.data[from + bin]! / (sum * width) : 0));
}

// The histogram of a step, or of the last one before it.
export function placeOf({ steps }: Series, step: number): number {
  let found = 0;
  for (let place = 0; place < steps.data.length; place++) if (steps.data[place]! <= step) found = place;
  return found;
}
