// Nodes as they are copied: plain JSON text, so that it goes from tab to tab; what is pasted is checked in full.

import type { DrawnEdge, DrawnNode, Kind, Point } from "./contract";
import type { Edit } from "./edits";
import type { Editor } from "./editor";
import { findKind } from "./summaries";
import { freeId, type Graph, ID_PATTERN, makeEdge } from "./graph";
import { selectedIds } from "./state";

const MARK = "layerscope/nodes";
const OFFSET = 28, MAX_TEXT = 4_000_000, MAX_NODES = 2000, MAX_PLACE = 1e6;

export interface Copied {
  nodes: (DrawnNode & { kind: Kind })[];
  edges: DrawnEdge[];
}

export function copySelected(editor: Editor): Copied {
  const ids = new Set(selectedIds(editor.state));
  const graph = editor.graph;
  return {
    nodes: graph.nodes.filter((node) => ids.has(node.id)),
    edges: graph.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target)),
  };
}

export function writeCopied({ nodes, edges }: Copied): string {
  return JSON.stringify({
    format: MARK,
    nodes: nodes.map(({ id, block, params, at }) => ({ id, block, params, at })),
    edges: edges.map(({ source, source_port, target, port }) => ({ source, source_port, target, port })),
  });
}

// The nodes in a text, or null where it holds none: only known blocks, legal names, and edges between them.
export function readCopied(editor: Editor, text: string): Copied | null {
  if (text.length > MAX_TEXT) return null;
  try {
    const read = JSON.parse(text) as { format: unknown; nodes: unknown; edges: unknown };
    if (read?.format !== MARK || !Array.isArray(read.nodes) || !Array.isArray(read.edges)) return null;
    const shown = new Map(editor.state.nodes.map(({ data }) => [data.block, data.kind]));
    const nodes = read.nodes.slice(0, MAX_NODES).filter(isNode).flatMap(({ id, block, params, at }) => {
      const kind = findKind(editor.state, block, params) ?? shown.get(block);
      return kind ? [{ id, block, params, at: placeOf(at), kind }] : [];
    });
    const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
    const edges = read.edges.slice(0, 4 * MAX_NODES).filter((edge: DrawnEdge) => {
      const source = kinds.get(edge?.source), target = kinds.get(edge?.target);
      return source && target && isPort(edge.port, target.variadic ? MAX_NODES : target.inputs.length)
        && isPort(edge.source_port ?? 0, source.outputs.length);
    });
    return nodes.length ? { nodes, edges } : null;
  } catch {
    return null;
  }
}

function isNode(node: DrawnNode): boolean {
  const { id, params } = node ?? {};
  return typeof id === "string" && ID_PATTERN.test(id) && typeof params === "object" && params !== null && !Array.isArray(params);
}

function isPort(port: number, count: number): boolean {
  return Number.isInteger(port) && port >= 0 && port < count;
}

function placeOf(at: unknown): Point | null {
  const isPlace = Array.isArray(at) && at.length === 2 && at.every((v) => Number.isFinite(v) && Math.abs(v) < MAX_PLACE);
  return isPlace ? (at as Point) : null;
}

// The graph with these nodes under free names, a little beside where they were, and selected.
export function pasted(graph: Graph, { nodes, edges }: Copied): Edit {
  const taken = new Set(graph.nodes.map((node) => node.id));
  const named = new Map<string, string>();
  for (const { id } of nodes) {
    const free = freeId(id, taken);
    named.set(id, free);
    taken.add(free);
  }
  const added = nodes.map(({ id, block, params, kind, at }) => ({
    id: named.get(id)!, block, kind, params: structuredClone(params),
    at: at && ([at[0] + OFFSET, at[1] + OFFSET] as Point),
  }));
  const inner = edges.map((edge) => (
    makeEdge(named.get(edge.source)!, named.get(edge.target)!, edge.port, edge.source_port)
  ));
  return {
    graph: { nodes: [...graph.nodes, ...added], edges: [...graph.edges, ...inner] },
    selected: added.map((node) => node.id),
  };
}
