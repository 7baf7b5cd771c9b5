// From node to node by arrow keys: along the edges to the right and the left, by place up and down.

import type { Editor } from "./editor";
import type { FlowNode } from "./flow";
import { nodeLabel } from "./labels";
import { selectedIds } from "./state";

export type Way = "left" | "right" | "up" | "down";

export function walk(editor: Editor, way: Way, extend: boolean): void {
  const nodes = placesOf(editor);
  if (!nodes.length) return;
  const selected = selectedIds(editor.state);
  const here = nodes.find((node) => node.id === selected.at(-1));
  const next = here ? neighbor(editor, here, way) : first(nodes);
  if (!next) {
    editor.say("no_way");
    return;
  }
  editor.select(extend ? [...selected, next.id] : [next.id]);
  const summary = editor.state.summaries.get(next.id);
  editor.store.set({ said: nodeLabel(next.id, next.data.kind, summary, next.data.inputs, editor.state.words) });
}

function placesOf(editor: Editor): FlowNode[] {
  return editor.state.nodes.filter((node) => node.type !== "column");
}

function first(nodes: readonly FlowNode[]): FlowNode {
  return nodes.reduce((a, b) => (b.position.y + b.position.x < a.position.y + a.position.x ? b : a));
}

function neighbor(editor: Editor, here: FlowNode, way: Way): FlowNode | undefined {
  const { edges } = editor.state, nodes = placesOf(editor);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  if (way === "right" || way === "left") {
    const linked = edges.flatMap((edge) => {
      if (way === "right") return edge.source === here.id ? [byId.get(edge.target)!] : [];
      return edge.target === here.id ? [byId.get(edge.source)!] : [];
    });
    return nearest(here, linked);
  }
  const sign = way === "down" ? 1 : -1;
  return nearest(here, nodes.filter((node) => sign * (node.position.y - here.position.y) > 20), 3);
}

// `aside`: how much more a pixel to the side counts than one up or down
function nearest(here: FlowNode, nodes: readonly FlowNode[], aside = 1): FlowNode | undefined {
  const far = (node: FlowNode) =>
    Math.hypot(aside * (node.position.x - here.position.x), node.position.y - here.position.y);
  return nodes.reduce<FlowNode | undefined>((best, node) => (!best || far(node) < far(best) ? node : best), undefined);
}

// The next edge into the selected node, so that it can be deleted without a mouse.
export function selectNextInput(editor: Editor): void {
  const target = selectedIds(editor.state).at(-1) ?? editor.state.edges.find((edge) => edge.selected)?.target;
  const into = editor.state.edges.filter((edge) => edge.target === target);
  if (!into.length) return;
  const next = into[(into.findIndex((edge) => edge.selected) + 1) % into.length];
  editor.select([]);
  editor.store.set({
    edges: editor.state.edges.map((edge) => (edge === next || edge.id === next.id ? { ...edge, selected: true } : edge)),
  });
  editor.say("edge_selected", { source: next.source, target: next.target });
}
