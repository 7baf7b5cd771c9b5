// Every head as a small matrix: of the layer in a strip, or of all layers.

import type { Words } from "../contract";
import { fill } from "../../../common/numbers";
import type { Paper } from "../operation/paper";
import { limitOf, type Shape } from "../scene";
import type { AttentionView } from "./contract";
import type { Cell, Thumb } from "./layout";
import { matrixOf, MEAN } from "./weights";

export function drawStrip(view: AttentionView, thumbs: Thumb[], window: number, head: number, paper: Paper, words: Words): Shape[] {
  return thumbs.flatMap(({ head: own, box }) => {
    const matrix = matrixOf(view, window, own), isChosen = own === head;
    const name = own === MEAN ? words.mean! : view.shape[1] > 1 ? fill(words.head!, { head: own }) : words.one_head!;
    const shapes: Shape[] = [{ kind: "text", x: box.x, y: box.y - 8, words: name, color: isChosen ? paper.text : paper.muted, px: 12, weight: isChosen ? 700 : 400, most: Math.max(40, box.width) }];
    if (matrix) shapes.push({ kind: "map", ...box, values: matrix.values, from: 0, rows: matrix.rows, columns: matrix.columns, limit: limitOf(matrix.values), colors: paper.unsigned });
    else shapes.push(small(view, own, box, paper));
    shapes.push({ kind: "rect", ...box, stroke: isChosen ? paper.accent : paper.grid, line: isChosen ? 3 : 1 });
    return shapes;
  });
}

// Of a head whose weights are not here: its small matrix, where it came, else an empty square.
function small({ blocks, node }: AttentionView, head: number, box: Thumb["box"], paper: Paper): Shape {
  const found = blocks.find((block) => block.node === node), [heads, rows, columns] = found?.thumbnails.shape as [number, number, number];
  if (!found || !heads || head === MEAN) return { kind: "rect", ...box, fill: paper.panel };
  const values = found.thumbnails.data;
  return { kind: "map", ...box, values, from: head * rows * columns, rows, columns, limit: limitOf(values), colors: paper.unsigned };
}

export function drawAll(view: AttentionView, cells: Cell[], head: number, paper: Paper, words: Words): Shape[] {
  const shapes: Shape[] = [{ kind: "text", x: 8, y: 12, words: words.every_hint!, color: paper.muted, px: 12 }];
  for (const { layer, head: own, box } of cells) {
    const { node, thumbnails, shape } = view.blocks[layer]!, [, rows, columns] = thumbnails.shape as [number, number, number], isChosen = node === view.node && own === head;
    if (layer === 0 || own === shape[1]! - 1) {
      if (layer === 0) shapes.push({ kind: "text", x: box.x, y: box.y - 10, words: fill(words.head!, { head: own }), color: paper.muted, px: 11, most: box.width });
    }
    if (own === 0) shapes.push({ kind: "text", x: 8, y: box.y + box.height / 2, words: nameOf(node), color: paper.text, px: 13, most: box.x - 16 });
    if (rows) shapes.push({ kind: "map", ...box, values: thumbnails.data, from: own * rows * columns, rows, columns, limit: limitOf(thumbnails.data), colors: paper.unsigned });
    shapes.push({ kind: "rect", ...box, stroke: isChosen ? paper.accent : paper.grid, line: isChosen ? 3 : 1 });
  }
  return shapes;
}

// A layer by the block around its weights.
export const nameOf = (node: string): string => (node.includes(".") ? node.split(".").slice(0, -1).join(".") : node);
