// A small diagram's axes: values to pixels of a box, with room for numbers below.

import type { Box } from "./box";

export interface Axes { x: (value: number) => number; y: (value: number) => number; floor: number }

const BELOW_PX = 16, ABOVE_PX = 6;

export function axesOf(box: Box, [left, right]: number[], [low, high]: number[]): Axes {
  const floor = box.y + box.height - BELOW_PX, height = floor - box.y - ABOVE_PX;
  return {
    x: (value) => box.x + ((value - left!) / (right! - left! || 1)) * box.width,
    y: (value) => floor - ((value - low!) / (high! - low! || 1)) * height,
    floor,
  };
}

export const within = (at: number, box: Box, margin: number): number => Math.min(box.x + box.width - margin, Math.max(box.x + margin, at));
