// Rectangles in CSS pixels.

export interface Box { x: number; y: number; width: number; height: number }

export const right = (box: Box): number => box.x + box.width;
export const bottom = (box: Box): number => box.y + box.height;
export const holds = (box: Box, x: number, y: number): boolean => x >= box.x && x < right(box) && y >= box.y && y < bottom(box);

export function around(boxes: Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
  return { x, y, width: Math.max(...boxes.map(right)) - x, height: Math.max(...boxes.map(bottom)) - y };
}

export const grown = ({ x, y, width, height }: Box, by: number): Box => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });
