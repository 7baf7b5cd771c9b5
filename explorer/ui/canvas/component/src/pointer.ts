// What lies under the pointer.

import type { Editor } from "./editor";

export interface Spot {
  x: number;
  y: number;
}

export function pointOf(event: MouseEvent | TouchEvent | React.MouseEvent): Spot {
  const touch = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: touch.clientX, y: touch.clientY };
}

export function isOverStage(editor: Editor, { x, y }: Spot): boolean {
  const stage = editor.stage;
  return Boolean(stage && document.elementsFromPoint(x, y).some((element) => stage.contains(element)));
}

export function nodeUnder(editor: Editor, { x, y }: Spot): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const node = element.closest<HTMLElement>(".react-flow__node");
    if (node && editor.stage?.contains(node)) return node.dataset.id ?? null;
  }
  return null;
}

// The edge under the pointer unless a card other than `dragged` lies above it.
export function edgeUnder(editor: Editor, { x, y }: Spot, dragged: string | null): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    if (!editor.stage?.contains(element)) continue;
    const node = element.closest<HTMLElement>(".react-flow__node");
    if (node && node.dataset.id !== dragged) return null;
    const edge = element.closest<HTMLElement>(".react-flow__edge, .shape");
    if (edge) return edge.dataset.id ?? null;
  }
  return null;
}
