// The graph as the person edits it, and what can be asked of it. Nothing here knows of React or the page.

import type { Change, Kind, Params, Point } from "./contract";

export interface GraphNode {
  id: string;
  block: string;
  params: Params;
  kind: Kind;
  at: Point | null;
}

// From output `source_port` of one node to input `port` of another.
export interface GraphEdge {
  source: string;
  source_port: number;
  target: string;
  port: number;
  change: Change | null;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export const ID_PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

export function edgeId({ source, source_port, target, port }: Omit<GraphEdge, "change">): string {
  return `${source}${source_port ? `:${source_port}` : ""}>${target}:${port}`;
}

export function makeEdge(source: string, target: string, port: number, source_port = 0): GraphEdge {
  return { source, source_port, target, port, change: null };
}

export function edgesInto(graph: Graph, id: string): GraphEdge[] {
  return graph.edges.filter((edge) => edge.target === id).sort((a, b) => a.port - b.port);
}

export function edgesFrom(graph: Graph, id: string): GraphEdge[] {
  return graph.edges.filter((edge) => edge.source === id);
}

export function nodeOf(graph: Graph, id: string): GraphNode | undefined {
  return graph.nodes.find((node) => node.id === id);
}

// How many ports a node shows, by the highest one that is taken (-1 for none): one more than are taken where the
// block takes any number, and never fewer than there are edges.
export function portCount(kind: Kind, highest: number): number {
  return Math.max(kind.inputs.length, highest + (kind.variadic ? 2 : 1));
}

export function highestPorts(edges: readonly GraphEdge[]): Map<string, number> {
  const highest = new Map<string, number>();
  for (const { target, port } of edges) highest.set(target, Math.max(port, highest.get(target) ?? -1));
  return highest;
}

export function portName(kind: Kind, port: number): string {
  return kind.inputs[port] ?? (kind.variadic ? String(port + 1) : "?");
}

// The first port without an edge; the only port of a block that has one, whether it is taken or not.
export function portFor(graph: Graph, node: GraphNode): number | null {
  const taken = new Set(edgesInto(graph, node.id).map((edge) => edge.port));
  const count = portCount(node.kind, Math.max(-1, ...taken));
  for (let port = 0; port < count; port++) if (!taken.has(port)) return port;
  return node.kind.inputs.length === 1 ? 0 : null;
}

export function reaches(graph: Graph, from: string, to: string): boolean {
  const next = new Map<string, string[]>();
  for (const { source, target } of graph.edges) next.set(source, [...(next.get(source) ?? []), target]);
  const seen = new Set([from]);
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    for (const target of next.get(id) ?? []) if (!seen.has(target)) seen.add(target) && open.push(target);
  }
  return false;
}

export function isLoose(graph: Graph, id: string): boolean {
  return !graph.edges.some((edge) => edge.source === id || edge.target === id);
}

export function openEnds(graph: Graph): GraphNode[] {
  const feeding = new Set(graph.edges.map((edge) => edge.source));
  return graph.nodes.filter((node) => !feeding.has(node.id));
}

// As Python names new nodes: the block without 2d or 1d, and the first free number; the first input is `input`.
export function newId(block: string, taken: ReadonlySet<string>): string {
  if (block === "input" && !taken.has("input")) return "input";
  return numbered(block.replace(/[12]d$/, ""), taken);
}

// `wanted` itself where it is free, else its stem with the first free number.
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  return taken.has(wanted) ? numbered(wanted.replace(/[0-9]+$/, ""), taken) : wanted;
}

function numbered(wanted: string, taken: ReadonlySet<string>): string {
  const clean = wanted.replace(/[^A-Za-z0-9_]/g, "_").replace(/^_+|_+$/g, "").slice(0, 50) || "node";
  const stem = /^[A-Za-z]/.test(clean) ? clean : `node_${clean}`;
  let number = 1;
  while (taken.has(stem + number)) number++;
  return stem + number;
}
