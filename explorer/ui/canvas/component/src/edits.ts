// Every edit of the graph, from one graph to the next; a problem where the graph cannot be edited that way.

import type { EdgeTriple, Kind, Point, Problem, Words } from "./contract";
import {
  edgeId, edgesFrom, edgesInto, type Graph, type GraphEdge, type GraphNode, isLoose, makeEdge, newId, nodeOf, openEnds,
  portFor, reaches,
} from "./graph";

// `selected` is what is selected afterwards; `byHand` says that the person chose a place.
export interface Edit {
  graph: Graph;
  selected?: string[];
  closing?: EdgeTriple[];
  byHand?: boolean;
}

export function isProblem(result: Edit | Problem): result is Problem {
  return "message" in result;
}

function problem(message: string): Problem {
  return { message, fix: null, is_hint: false };
}

function makeNode(graph: Graph, kind: Kind, at: Point | null): GraphNode {
  const taken = new Set(graph.nodes.map((node) => node.id));
  const name = typeof kind.params.definition === "string" ? kind.params.definition : kind.block;
  return { id: newId(name, taken), block: kind.block, params: structuredClone(kind.params), kind, at };
}

// Why the source cannot feed the target, or null.
export function checkConnection(graph: Graph, words: Words, source: string, target: string): Problem | null {
  if (source === target) return problem(words.own_output);
  if (!nodeOf(graph, target)?.kind.inputs.length) return problem(words.no_input);
  return reaches(graph, target, source) ? problem(words.cycle) : null;
}

// port null: the first free one. What was connected to the port before is disconnected.
export function connect(
  graph: Graph, words: Words, source: string, target: string, port: number | null, source_port = 0,
): Edit | Problem {
  const found = checkConnection(graph, words, source, target);
  if (found) return found;
  const chosen = port ?? portFor(graph, nodeOf(graph, target)!);
  if (chosen === null) return problem(words.ports_taken);
  const others = graph.edges.filter((edge) => edge.target !== target || edge.port !== chosen);
  return { graph: { ...graph, edges: [...others, makeEdge(source, target, chosen, source_port)] } };
}

export function reconnect(
  graph: Graph, words: Words, moved: string, source: string, target: string, port: number | null, source_port = 0,
): Edit | Problem {
  const old = graph.edges.find((edge) => edgeId(edge) === moved);
  const without = { ...graph, edges: graph.edges.filter((edge) => edge !== old) };
  const result = connect(without, words, source, target, port, source_port);
  if (isProblem(result) || !old || old.target === target) return result;
  return { graph: closePorts(result.graph, new Set([old.target])) };
}

// A node of this kind where a person dropped it, wired to what it can only be meant for: the one open end, or all of
// them where it brings several together. While the canvas places the nodes it places this one, too.
export function addAt(graph: Graph, kind: Kind, at: Point, automatic: boolean): Edit {
  const node = makeNode(graph, kind, at);
  const ends = openEnds(graph).filter(({ at: end }) => automatic || (end && (end[0] < at[0] || end[1] < at[1])));
  const wired = takes(kind, ends.length) ? ends.map((end, port) => makeEdge(end.id, node.id, port)) : [];
  const grown = { nodes: [...graph.nodes, node], edges: [...graph.edges, ...wired] };
  return { graph: grown, selected: [node.id], byHand: !automatic };
}

function takes(kind: Kind, count: number): boolean {
  if (count <= 1) return count === 1 && kind.inputs.length > 0;
  return kind.variadic ? count >= kind.inputs.length : count === kind.inputs.length;
}

// A node of this kind behind `id`, feeding what that one's first output fed; without an id behind the only open end.
export function addBehind(graph: Graph, kind: Kind, id: string | null): Edit {
  const node = makeNode(graph, kind, null);
  const ends = openEnds(graph);
  const before = id ?? (ends.length === 1 ? ends[0].id : null);
  if (before === null || !kind.inputs.length) {
    return { graph: { ...graph, nodes: [...graph.nodes, node] }, selected: [node.id] };
  }
  const edges = graph.edges.map((edge) => (
    edge.source === before && edge.source_port === 0 ? { ...edge, source: node.id } : edge
  ));
  const place = graph.nodes.findIndex((other) => other.id === before) + 1;
  const nodes = [...graph.nodes.slice(0, place), node, ...graph.nodes.slice(place)];
  return { graph: { nodes, edges: [...edges, makeEdge(before, node.id, 0)] }, selected: [node.id] };
}

export function addOnEdge(graph: Graph, kind: Kind, edge: string, at: Point | null): Edit {
  const node = makeNode(graph, kind, at);
  const added = { ...graph, nodes: [...graph.nodes, node] };
  return { ...insertOnEdge(added, node.id, edge), selected: [node.id] };
}

// A node without edges into an edge: its source feeds the node, the node feeds its target.
export function insertOnEdge(graph: Graph, id: string, edge: string): Edit {
  const old = graph.edges.find((other) => edgeId(other) === edge);
  const node = nodeOf(graph, id);
  if (!old || !node?.kind.inputs.length || !isLoose(graph, id)) return { graph };
  const others = graph.edges.filter((other) => other !== old);
  const both = [makeEdge(old.source, id, 0, old.source_port), makeEdge(id, old.target, old.port)];
  return { graph: { ...graph, edges: [...others, ...both] } };
}

// Without these nodes and edges. Where a node had exactly one source, that source feeds what the node fed.
export function remove(graph: Graph, ids: ReadonlySet<string>, edges: ReadonlySet<string>): Edit {
  const before = new Set(graph.edges.map(edgeId));
  const touched = new Set(graph.edges.filter((edge) => edges.has(edgeId(edge)) || ids.has(edge.source)).map((e) => e.target));
  let left: Graph = { ...graph, edges: graph.edges.filter((edge) => !edges.has(edgeId(edge))) };
  for (const id of ids) left = removeNode(left, id);
  const closing = left.edges.filter((edge) => !before.has(edgeId(edge)));
  const closed = closePorts(left, touched);
  const kept = new Map(left.edges.map((edge, i) => [edge, closed.edges[i]]));
  return {
    graph: closed,
    selected: [],
    closing: closing.map((edge) => kept.get(edge)!).map(({ source, target, port }) => [source, target, port]),
  };
}

function removeNode(graph: Graph, id: string): Graph {
  const incoming = edgesInto(graph, id);
  const edges = graph.edges.filter((edge) => edge.source !== id && edge.target !== id);
  const bridging = incoming.length === 1 ? edgesFrom(graph, id) : [];
  const bridges = bridging.map(({ target, port }) => (
    makeEdge(incoming[0].source, target, port, incoming[0].source_port)
  ));
  return { nodes: graph.nodes.filter((node) => node.id !== id), edges: [...edges, ...bridges] };
}

// The ports of these nodes numbered without gaps where the block takes any number; the order of the edges stays.
export function closePorts(graph: Graph, targets: ReadonlySet<string>): Graph {
  const renumbered = new Map<GraphEdge, number>();
  for (const id of targets) {
    if (nodeOf(graph, id)?.kind.variadic) edgesInto(graph, id).forEach((edge, i) => renumbered.set(edge, i));
  }
  const edges = graph.edges.map((edge) => {
    const port = renumbered.get(edge) ?? edge.port;
    return port === edge.port ? edge : { ...edge, port };
  });
  return { ...graph, edges };
}
