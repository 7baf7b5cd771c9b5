// The row of panels as a file: one picture, or the numbers of all.

import { fill, formatNumber } from "../../../common/numbers";
import type { Words } from "../contract";
import type { Paper } from "../operation/paper";
import { download, save, type Scene, type Shape } from "../scene";
import type { Tensor } from "../../../common/tensors";
import { toNpz } from "./npz";
import { type Drawing, drawPanel } from "./picture";

export interface Entry { title: string; saying: string; drawing: Drawing }

const SIDE = 280, HEAD = 30, FOOT = 44, GAP = 18, HIGH = 310;

export function drawRow(entries: Entry[], what: string, paper: Paper): Scene {
  const shapes: Shape[] = [{ kind: "text", x: GAP, y: 18, words: what, color: paper.text, px: 14, weight: 600 }];
  entries.forEach(({ title, saying, drawing }, n) => {
    const x = GAP + n * (SIDE + GAP), y = HEAD, write = (at: number, words: string, px: number, color: string, weight = 400): Shape => ({ kind: "text", x, y: at, words, color, px, weight, most: SIDE });
    shapes.push(write(y + 14, title, 14, paper.text, 600), ...drawPanel({ ...drawing, spot: null }, { x, y: y + HEAD, width: SIDE, height: HIGH }, paper), write(y + HEAD + HIGH + 14, saying, 12, paper.muted));
  });
  return { width: GAP + entries.length * (SIDE + GAP), height: HEAD + HEAD + HIGH + FOOT, background: paper.background, font: paper.font, scale: 1, shapes };
}

export async function saveRow(format: "png" | "svg" | "npz", entries: Entry[], paper: Paper, words: Words): Promise<void> {
  const what = entries[0]?.drawing.found.what;
  if (!what) return;
  if (format !== "npz") return save(drawRow(entries, fill(words.explains!, { what }), { ...paper, scale: 1 }), format, words.file!);
  const arrays: Record<string, Tensor> = {};
  for (const { drawing: { found } } of entries) {
    arrays[found.method] = found.values;
    if (found.sums.data.length) Object.assign(arrays, { [`${found.method}.sum`]: found.sums, [`${found.method}.difference`]: found.differences });
  }
  download(toNpz(arrays), `${words.file}.npz`);
}

export const spotWords = (words: Words, name: string, isImage: boolean, row: number, column: number): string =>
  isImage ? fill(words.pixel!, { row, column }) : fill(words.feature!, { name: name || formatNumber(column) });
