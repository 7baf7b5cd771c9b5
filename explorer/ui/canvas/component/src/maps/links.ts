// Which maps a map is computed from, and which are computed from it: by the rule of each node, from shapes alone.

import type { FlowEdge, FlowNode } from "../flow";
import { type MapsParams, readMapsParams } from "./grid";

export interface Spot {
  id: string;    // of the node
  map: number;
}

// Maps by node, and the edges between them.
export interface Lit {
  maps: Map<string, "all" | Set<number>>;
  edges: Set<string>;
}

export class LinkReader {
  private params: Map<string, MapsParams>;
  private into = new Map<string, FlowEdge[]>();
  private from = new Map<string, FlowEdge[]>();

  constructor(nodes: readonly FlowNode[], edges: readonly FlowEdge[]) {
    this.params = new Map(nodes.map((node) => [node.id, readMapsParams(node.data.params)]));
    for (const edge of edges) {
      this.into.set(edge.target, [...(this.into.get(edge.target) ?? []), edge]);
      this.from.set(edge.source, [...(this.from.get(edge.source) ?? []), edge]);
    }
  }

  // Everything one step before a map and one step after it.
  around(spot: Spot): Lit {
    const lit: Lit = { maps: new Map(), edges: new Set() };
    for (const edge of this.into.get(spot.id) ?? []) this.add(lit, edge, edge.source, this.sources(edge, spot.map));
    for (const edge of this.from.get(spot.id) ?? []) this.add(lit, edge, edge.target, this.fed(edge, spot.map));
    return lit;
  }

  private add(lit: Lit, edge: FlowEdge, id: string, maps: "all" | Set<number>): void {
    if (maps !== "all" && !maps.size) return;
    const known = lit.maps.get(id);
    lit.edges.add(edge.id);
    lit.maps.set(id, known === undefined ? maps : known === "all" || maps === "all" ? "all" : new Set([...known, ...maps]));
  }

  // The maps of an edge's source that map `map` of its target reads.
  sources(edge: FlowEdge, map: number): "all" | Set<number> {
    const source = this.params.get(edge.source)!, target = this.params.get(edge.target)!;
    const { kind, count = 1 } = target.links;
    if (source.form === "tokens" || source.form === "text") return "all";
    switch (kind) {
      case "same": return target.total === source.total || map < source.total ? only(source.total === 1 ? 0 : map) : "all";
      case "groups": return group(source.total, count, Math.floor(map / Math.max(1, target.total / count)));
      case "flatten": return only(Math.floor(map / count));
      case "concat": {
        const own = map - this.before(edge);
        return own >= 0 && own < source.total ? only(own) : new Set();
      }
      default: return "all";
    }
  }

  // The maps of an edge's target that read map `map` of its source.
  fed(edge: FlowEdge, map: number): "all" | Set<number> {
    const source = this.params.get(edge.source)!, target = this.params.get(edge.target)!;
    const { kind, count = 1 } = target.links;
    if (target.form === "tokens" || source.form === "text") return "all";
    switch (kind) {
      case "same": return only(map);
      case "groups": return group(target.total, count, Math.floor(map / Math.max(1, source.total / count)));
      case "flatten": return new Set(Array.from({ length: count }, (_, i) => map * count + i));
      case "concat": return only(map + this.before(edge));
      default: return "all";
    }
  }

  // How many maps of a concatenation come from the sources before this edge's.
  private before(edge: FlowEdge): number {
    const earlier = (this.into.get(edge.target) ?? []).filter((other) => other.data!.port < edge.data!.port);
    return earlier.reduce((sum, other) => sum + this.params.get(other.source)!.total, 0);
  }
}

function only(map: number): Set<number> {
  return new Set([map]);
}

function group(total: number, count: number, which: number): Set<number> {
  const size = Math.max(1, Math.floor(total / count));
  return new Set(Array.from({ length: size }, (_, i) => which * size + i));
}
