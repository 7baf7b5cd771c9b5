// Attention as explorer/results/attention_results.py has it.

import type { Tensor } from "../../../common/tensors";

export interface AttentionBlock { node: string; title: string; shape: number[]; thumbnails: Tensor }

export interface AttentionPart {
  windows: number[];
  heads: number[];
  weights: Tensor;            // (window, head, query, key) of these, from `start` on, each `every`-th
  start: [number, number];
  every: [number, number];
  hidden: Tensor;             // (window, query, key), 1 where a mask hides the pair
}

export interface AttentionPair {
  queries: Tensor; keys: Tensor; values: Tensor;  // (head, token, feature) of the chosen window
  scores: Tensor; added: Tensor;                  // (head, query, key)
  scale: number;                                  // 0 where the score is no product
}

export interface AttentionView {
  node: string;
  kind: "softmax" | "linear" | "torch";
  scores: string;
  blocks: AttentionBlock[];
  unit: [number, number, number, number];
  axes: string[];
  shape: [number, number, number, number];  // (window, head, query, key)
  part: AttentionPart;
  row: Tensor; column: Tensor; sums: Tensor;
  place: "pixels" | "tokens" | "numbers";
  query_boxes: Tensor; key_boxes: Tensor;   // (window, token, 4)
  picture: Tensor;
  names: string[];
  typed: number | null;
  pair: AttentionPair;
  note: string | null;
}

export type Side = "query" | "key";
const AXES = ["window", "head", "query", "key"];

// A pair of tokens in a head; head -1: the mean of all.
export interface Chosen { window: number; head: number; query: number; key: number }

export const chosenOf = ([window, head, query, key]: number[]): Chosen => ({ window: window!, head: head!, query: query!, key: key! });

// The pair as the weights' node names it: without the axes that it has not.
export function unitOf({ axes }: AttentionView, { window, head, query, key }: Chosen): number[] {
  return axes.map((axis) => [window, Math.max(0, head), query, key][AXES.indexOf(axis)]!);
}

// null where the unit is none of this node's.
export function chosenFrom({ axes, shape }: AttentionView, unit: number[] | null): Chosen | null {
  if (!unit || unit.length !== axes.length) return null;
  const found = AXES.map((axis) => unit[axes.indexOf(axis)] ?? 0);
  return found.every((at, axis) => at < shape[axis]!) ? chosenOf(found) : null;
}

// Whether every weight of the layer is here, so that no other pair has to be asked for.
export const isWhole = ({ part, shape }: AttentionView): boolean =>
  part.windows.length === shape[0] && part.heads.length === shape[1] && hasAllPairs(part) && part.weights.shape[2] === shape[2];

export const hasAllPairs = ({ every, start }: AttentionPart): boolean => every.every((step) => step === 1) && start.every((at) => at === 0);

export const tokensOf = ({ shape }: AttentionView, side: Side): number => shape[side === "query" ? 2 : 3];

// The box in the input of a token, null where it stands for none of it.
export function placeOf(view: AttentionView, side: Side, window: number, token: number): [number, number, number, number] | null {
  const { data, shape } = side === "query" ? view.query_boxes : view.key_boxes, from = 4 * (window * shape[1]! + token);
  return data[from] === undefined || data[from]! < 0 ? null : [data[from]!, data[from + 1]!, data[from + 2]!, data[from + 3]!];
}

// Whether queries and keys are the same tokens.
export function isSelf({ query_boxes: { data: first }, key_boxes: { data: second }, shape }: AttentionView): boolean {
  return shape[2] === shape[3] && first.length === second.length && first.every((at, i) => at === second[i]);
}
