// Kernels that are known by name, and what can be done to any.

import type { Values } from "../../../common/tensors";

export type Preset = (values: Values, high: number, wide: number) => number[];

const MIDDLE_3 = {
  edge: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  sobel_x: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  sobel_y: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
};

// A 3×3 kernel in the middle of a larger one; of one with fewer rows or columns what of it is in there.
function centered(kernel: number[], high: number, wide: number): number[] {
  const made = new Array<number>(high * wide).fill(0), top = Math.floor((high - 1) / 2), left = Math.floor((wide - 1) / 2);
  kernel.forEach((value, n) => {
    const y = top + Math.floor(n / 3) - 1, x = left + (n % 3) - 1;
    if (y >= 0 && y < high && x >= 0 && x < wide) made[y * wide + x] = value;
  });
  return made;
}

const point: Preset = (_values, high, wide) => centered([0, 0, 0, 0, 1, 0, 0, 0, 0], high, wide);

// Of the values, each taken from another place; what comes from outside is zero.
function moved(values: Values, high: number, wide: number, from: (y: number, x: number) => [number, number]): number[] {
  return Array.from({ length: high * wide }, (_, n) => {
    const [y, x] = from(Math.floor(n / wide), n % wide);
    return y >= 0 && y < high && x >= 0 && x < wide ? values[y * wide + x]! : 0;
  });
}

const named = (kernel: number[]): Preset => (_values, high, wide) => centered(kernel, high, wide);

export const PRESETS: Record<string, Preset> = {
  identity: point,
  edge: named(MIDDLE_3.edge), blur: named(MIDDLE_3.blur), sharpen: named(MIDDLE_3.sharpen),
  sobel_x: named(MIDDLE_3.sobel_x), sobel_y: named(MIDDLE_3.sobel_y),
  shift_x: named([0, 0, 0, 1, 0, 0, 0, 0, 0]), shift_y: named([0, 1, 0, 0, 0, 0, 0, 0, 0]),  // the map moves right, or down
  move_right: (values, high, wide) => moved(values, high, wide, (y, x) => [y, x - 1]),
  move_left: (values, high, wide) => moved(values, high, wide, (y, x) => [y, x + 1]),
  move_down: (values, high, wide) => moved(values, high, wide, (y, x) => [y - 1, x]),
  move_up: (values, high, wide) => moved(values, high, wide, (y, x) => [y + 1, x]),
  flip_x: (values, high, wide) => moved(values, high, wide, (y, x) => [y, wide - 1 - x]),
  flip_y: (values, high, wide) => moved(values, high, wide, (y, x) => [high - 1 - y, x]),
  negate: (values) => Array.from(values, (value) => -value),
  double: (values) => Array.from(values, (value) => 2 * value),
  halve: (values) => Array.from(values, (value) => value / 2),
  zero: (values) => Array.from(values, () => 0),
};

export const LARGEST = 3.4e38;  // a weight is a float32

export const OF_A_NUMBER = ["negate", "double", "halve", "zero"];  // that make sense of a single weight, too
