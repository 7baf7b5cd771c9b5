// Rectangles in CSS pixels.

const NOTHING_PX = 0.01;

export interface Box { x: number; y: number; width: number; height: number }

export const right = (box: Box): number => box.x + box.width;
export const bottom = (box: Box): number => box.y + box.height;
export const holds = (box: Box, x: number, y: number): boolean => x >= box.x && x < right(box) && y >= box.y && y < bottom(box);

export function around(boxes: Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map(right)) - x, height: Math.max(...boxes.map(bottom)) - y };
}

export const grown = ({ x, y, width, height }: Box, by: number): Box => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });

export type Side = "left" | "right" | "top" | "bottom";
export interface CutBox extends Box { cut?: Side[] }  // sides on which it goes on, outside of what it was cut to

// What of a box lies within another one, if anything does.
export function cutTo(outer: Box, box: Box): CutBox[] {
  const x = Math.max(outer.x, box.x), y = Math.max(outer.y, box.y), width = Math.min(right(outer), right(box)) - x, height = Math.min(bottom(outer), bottom(box)) - y;
  if (width <= NOTHING_PX || height <= NOTHING_PX) return [];
  const goesOn: [Side, number][] = [["left", outer.x - box.x], ["right", right(box) - right(outer)], ["top", outer.y - box.y], ["bottom", bottom(box) - bottom(outer)]];
  return [{ x, y, width, height, cut: goesOn.filter(([, by]) => by > NOTHING_PX).map(([side]) => side) }];
}
