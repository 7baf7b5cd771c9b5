// The graph as React Flow holds it. Objects that did not change are kept, so that only what changed is drawn again.

import type { Edge, Node } from "@xyflow/react";
import { isCard, sizeOf } from "./card_size";
import type { Change, Kind, Params, Point } from "./contract";
import { edgeId, type Graph, type GraphEdge, highestPorts, makeEdge, portCount } from "./graph";
import type { Fold, Layout } from "./layout";
import type { Connecting } from "./state";

// `ports` are shown, `inputs` are connected
export type CardData = { block: string; params: Params; kind: Kind; ports: number; inputs: number };
export type FlowNode = Node<CardData, "block" | "unit" | "column" | "maps">;
export type WireData = { source_port: number; port: number; change: Change | null; route?: Point[]; fold?: Fold };
export type FlowEdge = Edge<WireData, "shape" | "weight" | "maps">;

export const PROPOSED = "proposed";
export const outputHandle = (port: number): string => `out${port}`;
export const inputHandle = (port: number): string => `in${port}`;
export const portOfHandle = (handle: string | null | undefined): number => Number(handle?.match(/\d+$/)?.[0] ?? 0);

export function toGraph(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): Graph {
  return {
    nodes: nodes.map(({ id, data, position }) => (
      { id, block: data.block, params: data.params, kind: data.kind, at: [position.x, position.y] }
    )),
    edges: edges.map(({ source, target, data }) => (
      { source, source_port: data!.source_port, target, port: data!.port, change: data!.change }
    )),
  };
}

export function toFlowNodes(graph: Graph, old: readonly FlowNode[], selected: ReadonlySet<string>, preview: boolean): FlowNode[] {
  const before = new Map(old.map((node) => [node.id, node]));
  const highest = highestPorts(graph.edges);
  const into = new Map<string, number>();
  for (const { target } of graph.edges) into.set(target, (into.get(target) ?? 0) + 1);
  return graph.nodes.map(({ id, block, params, kind, at }) => {
    const known = before.get(id);
    const ports = portCount(kind, highest.get(id) ?? -1), { width, height } = sizeOf({ kind, params }, highest.get(id) ?? -1, preview);
    const now = { block, params, kind, ports, inputs: into.get(id) ?? 0 };
    const data = known && isSame(known.data, now) ? known.data : now;
    const position = known && at && known.position.x === at[0] && known.position.y === at[1]
      ? known.position : { x: at?.[0] ?? 0, y: at?.[1] ?? 0 };
    const isSelected = selected.has(id);
    if (known && known.data === data && known.position === position && known.height === height && known.width === width
        && Boolean(known.selected) === isSelected) return known;
    const type = isCard(kind) ? "block" : kind.block as "unit" | "column" | "maps";
    return { ...known, id, type, data, position, selected: isSelected, width, height };
  });
}

export function toFlowEdges(graph: Graph, old: readonly FlowEdge[], layout: Layout): FlowEdge[] {
  const before = new Map(old.map((edge) => [edge.id, edge]));
  const drawnAs = new Map(graph.nodes.map((node) => [node.id, node.kind.block === "maps" ? ribbon : isCard(node.kind) ? wire : weight]));
  return graph.edges.map((edge) => {
    const id = edgeId(edge), known = before.get(id);
    const { source_port, port, change } = edge;
    const data: WireData = { source_port, port, change, route: layout.routes.get(id), fold: layout.folds.get(id) };
    if (known && sameWire(known.data!, data)) return known;
    return { ...known, ...drawnAs.get(edge.source)!(edge), data };
  });
}

// The connection that is being made by keyboard, as an edge that is not there yet.
export function proposedEdge({ source, source_port, targets, place, port }: Connecting): FlowEdge {
  const edge = makeEdge(source, targets[place], port, source_port);
  return { ...wire(edge), id: PROPOSED, data: { source_port, port, change: null }, selectable: false };
}

function wire(edge: GraphEdge): Omit<FlowEdge, "data"> {
  return {
    id: edgeId(edge), type: "shape", source: edge.source, target: edge.target,
    sourceHandle: outputHandle(edge.source_port), targetHandle: inputHandle(edge.port), markerEnd: "layerscope-arrow", interactionWidth: 28,
  };
}

function weight(edge: GraphEdge): Omit<FlowEdge, "data"> {
  return { ...wire(edge), type: "weight", markerEnd: undefined };
}

function ribbon(edge: GraphEdge): Omit<FlowEdge, "data"> {
  return { ...wire(edge), type: "maps" };
}

function isSame(a: CardData, b: CardData): boolean {
  return a.params === b.params && a.kind === b.kind && a.ports === b.ports && a.inputs === b.inputs;
}

function sameWire(a: WireData, b: WireData): boolean {
  return a.source_port === b.source_port && a.port === b.port && a.change === b.change && String(a.route) === String(b.route)
    && a.fold?.y === b.fold?.y && String(a.fold?.to) === String(b.fold?.to);
}
