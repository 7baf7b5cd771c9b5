// Kinds of parts that a node's output has, and the index of one by the numbers that a person types.

import type { Intervention } from "../contract";

// axes: of the output, those that a number is typed for; sizes: how far each goes.
export interface PartKind { name: string; node: string; axes: number[]; sizes: number[] }

interface Shaped { node: string; shape: number[]; mix: string; heads: number; before_heads: number }

export function kindsOf({ node, shape, mix, heads, before_heads }: Shaped): PartKind[] {
  const along = (name: string, ...axes: number[]): PartKind => ({ name, node, axes, sizes: axes.map((axis) => shape[axis]!) });
  const every = shape.map((_, axis) => axis), head = mix && heads > 0 && before_heads >= 0 ? [{ name: "head", node: mix, axes: [before_heads], sizes: [heads] }] : [];
  const own = ((): PartKind[] => {
    switch (shape.length) {
      case 0: return [];
      case 1: return [along("unit", 0)];
      case 2: return [along("feature", 1), along("token", 0), along("unit", 0, 1)];
      case 3: return [along("channel", 0), along("unit", 0, 1, 2)];
      default: return [along("first", 0), along("unit", ...every)];
    }
  })();
  return [along("layer"), ...head, ...own];
}

const numbersIn = (typed: string): number[] => typed.split(/[\s,;]+/).filter(Boolean).map(Number);

export function fits({ axes, sizes }: PartKind, typed: string): boolean {
  const numbers = numbersIn(typed);
  return !axes.length || (numbers.length === axes.length && numbers.every((at, n) => Number.isInteger(at) && at >= 0 && at < sizes[n]!));
}

export function indexOf({ axes }: PartKind, typed: string): Intervention["index"] {
  const index: Intervention["index"] = Array.from({ length: Math.max(-1, ...axes) + 1 }, () => null);
  numbersIn(typed).slice(0, axes.length).forEach((at, n) => { index[axes[n]!] = at; });
  return index;
}

// What is typed to begin with: of the unit looked at, where it has these axes.
export const startOf = ({ axes, sizes, name }: PartKind, unit: number[] | null): number[] =>
  axes.map((axis, n) => (name !== "head" && unit?.[axis] !== undefined && unit[axis]! < sizes[n]! ? unit[axis]! : 0));

export const mostOf = ({ sizes }: PartKind): number[] => sizes.map((size) => size - 1);
