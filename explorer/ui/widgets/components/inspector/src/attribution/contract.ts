// Attributions and the choice of methods as explorer/results/attribution_results.py has them.

import type { Item } from "../../../common/results";
import type { Tensor } from "../../../common/tensors";

export interface Attribution extends Item {
  method: string;
  title: string;
  what: string;
  kind: Kind;
  values: Tensor;        // (sample, channel, row, column), or (sample, token or feature)
  names: string[];       // of the features, or the tokens as they are
  node: string;          // the layer whose places the values are, "" for the input's
  sums: Tensor;
  differences: Tensor;
  error: number;         // NaN without one
  samples: number;
  is_wrong: boolean;
  reason: string;
}
export type Kind = "image" | "tokens" | "features";

export interface Option {
  name: string;
  title: string;
  help: string;
  kind: "number" | "choice" | "flag";
  default: string | number | boolean;
  low: number;
  high: number;
  is_whole: boolean;
  options: string[];
  titles: string[];
}

export interface Method {
  name: string;
  title: string;
  summary: string;
  when_to_use: string;
  when_misleading: string;
  source: string;
  refused: string;
  cost_s: number;
  has_prepared_copy: boolean;
  has_error: boolean;    // it promises to add up
  options: Option[];
}

export interface Menu extends Item {
  methods: Method[];
  first: string[];
  kind: Kind;
  names: string[];       // of features or tokens, as they are shown
  numbers: string[];
  predicted: number;
  by_itself: string;     // the number that is explained where no other is chosen
  loss: string;
  picture: Tensor;       // (channel, row, column) in 0..1, empty for no image
}

export const MOST_METHODS = 6;
export const SLOW_S = 1;  // what takes longer waits for a click

// One input's error says little, since the difference may be near zero: that over many is waited for, unless it is off by all.
export const isMarked = ({ is_wrong, error }: Attribution, isMeasuring: boolean): boolean => is_wrong && (!isMeasuring || error > 1);

export const hoverOf = ({ summary, when_to_use, when_misleading, source }: Method): string =>
  [summary, when_to_use, when_misleading, source].filter(Boolean).join("\n");
