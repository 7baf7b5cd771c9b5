// A picture as plain shapes, in CSS pixels from the upper left corner, in the order in which they are painted.

import type { Values } from "../../../common/tensors";

export interface Rect {
  kind: "rect"; x: number; y: number; width: number; height: number; fill?: string; stroke?: string;
  line?: number; radius?: number; dash?: number[]; alpha?: number;
}
export interface Line {
  kind: "line"; x: number; y: number; toX: number; toY: number; stroke: string; line?: number;
  dash?: number[]; alpha?: number;
}
export interface Path { kind: "path"; d: string; fill?: string; stroke?: string; line?: number; dash?: number[]; alpha?: number }
export interface Text {
  kind: "text"; x: number; y: number; words: string; color: string; px?: number;
  align?: "left" | "center" | "right"; weight?: number; mono?: boolean; most?: number;
}

// Values as pixels: rows × columns of `values` from `from` on. A signed map's colors are symmetric about zero, an unsigned
// one's go from zero up; both end at `limit`.
export interface Map {
  kind: "map"; x: number; y: number; width: number; height: number; values: Values; from: number;
  rows: number; columns: number; limit: number; colors: Colors; alpha?: number;
}

export type Shape = Rect | Line | Path | Text | Map;

export interface Scene { width: number; height: number; background: string; font: string; scale: number; shapes: Shape[] }

// A table of colors made once for a theme: see colors.ts.
export interface Colors { signed: boolean; table: Uint8ClampedArray; stops: string[]; missing: number[] }
