// How gradients flow, as explorer/results/gradient_results.py has it; and the drawing of a network from Python.

import type { Tensor } from "../../../common/tensors";

export interface Flow {
  inside: string;
  what: string;
  samples: number;         // 0 for one input
  nodes: string[];
  blocks: string[];
  outputs: Tensor;         // (node,) norms; NaN where there is no gradient
  parameters: Tensor;
  frozen: Tensor;
  edges: Tensor;           // (edge, 4): source, its port, target or -1, its port
  shares: Tensor;          // (edge,)
  sentence: string;
}

// A node's place in the drawing; `opens` where it can be walked into.
export interface Spot { address: string; column: number; lane: number; opens: boolean }
export interface Level { nodes: Spot[]; columns: number; lanes: number; lowest: number }

export interface Edge { source: number; target: number; port: number; share: number }

export const edgesOf = ({ edges, shares }: Flow): Edge[] =>
  Array.from(shares.data as ArrayLike<number>, (share, i) => {
    const [source, , target, port] = Array.from({ length: 4 }, (_, k) => edges.data[4 * i + k]!);
    return { source: source!, target: target!, port: port!, share };
  });
