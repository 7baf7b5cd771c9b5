// Attention as one picture.

import type { Words } from "../contract";
import type { Paper } from "../operation/paper";
import type { Scene, Shape } from "../scene";
import type { AttentionView } from "./contract";
import { drawGrid } from "./grid";
import { drawAll, drawStrip } from "./heads";
import type { Cell, Layout } from "./layout";
import { drawRows } from "./pair";
import { drawLegend, drawTokens, type Shown } from "./tokens";

export function draw(view: AttentionView, layout: Layout, shown: Shown, paper: Paper, words: Words): Scene {
  const { chosen, from, other } = shown, { legend, matrix, boards } = layout;
  const pair = from === "query" ? { ...chosen, key: other! } : { ...chosen, query: other! };
  return scene(layout, paper, [
    ...drawStrip(view, layout.thumbs, chosen.window, chosen.head, paper, words),
    ...drawTokens(view, boards, shown, paper, words),
    ...drawLegend(view, shown, legend, paper, words),
    ...drawGrid(view, shown, matrix, paper, words),
    ...(layout.rows.height ? drawRows(view, pair, layout.rows, paper, words) : []),
  ]);
}

export const drawLayers = (view: AttentionView, cells: Cell[], layout: Layout, head: number, paper: Paper, words: Words): Scene =>
  scene(layout, paper, drawAll(view, cells, head, paper, words));

const scene = ({ width, height }: Layout, { background, font, scale }: Paper, shapes: Shape[]): Scene => ({ width, height, background, font, scale, shapes });
