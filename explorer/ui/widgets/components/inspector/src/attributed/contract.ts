// Rows of samples as explorer/results/dataset_attribution_results.py has them.

import { largestOf } from "../scene";
import type { Tensor } from "../../../common/tensors";

export interface Rows {
  kind: "image" | "tokens" | "features";
  places: Tensor;
  inputs: Tensor;           // (sample, height, width, channel) bytes, or (sample, feature)
  tokens: string[][];
  names: string[];
  predicted: string[];
  expected: string[];
  confidence: Tensor;
  right: Tensor;            // 1, 0, or -1 where that is not known
  explained: string[];      // each sample's number, as look.of has it
  what: string;
  methods: string[];
  titles: string[];
  maps: Tensor[];           // for each method (sample, row, column) or (sample, value); empty where it does not fit
  refused: string[];
  remarks: string[];
  note: string | null;
}

// One sample of rows that came together.
export interface Row { rows: Rows; at: number }

export type Scale = "method" | "all" | "each";

export const placeOf = ({ rows, at }: Row): number => rows.places.data[at]!;

export const sizeOf = ({ shape }: Tensor): number => shape.slice(1).reduce((a, b) => a * b, 1);

export const isMap = ({ shape }: Tensor): boolean => shape.length === 3 && shape[0]! > 0;

export function valueAt({ rows, at }: Row, method: number, index: number): number {
  const maps = rows.maps[method]!;
  return maps.data[at * sizeOf(maps) + index]!;
}

// The end of each method's color scale for this row, 1 where all is zero.
export function limitsOf(shown: Row[], scale: Scale, row: Row): number[] {
  if (scale === "each") return row.rows.maps.map((maps) => largestOf(maps.data.subarray(row.at * sizeOf(maps), (row.at + 1) * sizeOf(maps))) || 1);
  const parts = [...new Set(shown.map(({ rows }) => rows))];
  const limits = row.rows.maps.map((_maps, method) => Math.max(...parts.map(({ maps }) => largestOf(maps[method]!.data))));
  return limits.map((limit) => (scale === "all" ? Math.max(...limits) : limit) || 1);
}
