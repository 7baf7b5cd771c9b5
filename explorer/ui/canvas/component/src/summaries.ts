// What Python knows of the nodes, unpacked; an object stays the same as long as it says the same.

import { type CanvasData, type NodeSummary, type Kind, NO_SUMMARY, type Params, type Picture } from "./contract";
import type { Measure } from "./state";

export class SummaryReader {
  private kinds = new Map<string, Kind>();
  private known = new Map<string, { packed: string; summary: NodeSummary }>();

  // One object for each kind, however often it is sent.
  intern(kind: Kind): Kind {
    const key = JSON.stringify(kind);
    const found = this.kinds.get(key);
    if (!found) this.kinds.set(key, kind);
    return found ?? kind;
  }

  read(picture: Picture): Map<string, NodeSummary> {
    const kinds = picture.kinds.map((kind) => this.intern(kind));
    const next: typeof this.known = new Map();
    const read = new Map<string, NodeSummary>();
    for (const [id, sent] of Object.entries(picture.summaries)) {
      const kind = kinds[sent.kind], packed = JSON.stringify({ ...sent, kind: null });
      const before = this.known.get(id);
      const summary = before && before.packed === packed && before.summary.kind === kind
        ? before.summary : { ...NO_SUMMARY, ...sent, kind };
      next.set(id, { packed, summary });
      read.set(id, summary);
    }
    this.known = next;
    return read;
  }
}

// The shape at one of a node's outputs; null while it is not known, or where there is no such output.
export function shapeOf(summary: NodeSummary | undefined, port: number): string | null {
  return summary?.shapes[port] ?? (port === 0 ? summary?.shape ?? null : null);
}

export function amount(summary: NodeSummary, measure: Measure): number {
  if (measure !== "receptive_field") return summary[measure];
  const field = summary.receptive_field;
  return field === null ? 0 : field === "all" ? Infinity : field[0] * field[1];
}

// What a share is taken of: the sum, and for the receptive field the largest that has a size.
export function totals(summaries: Iterable<NodeSummary>): Record<Measure, number> {
  const total = { parameters: 0, multiply_adds: 0, activation_bytes: 0, receptive_field: 0 };
  for (const one of summaries) {
    total.parameters += one.parameters;
    total.multiply_adds += one.multiply_adds;
    total.activation_bytes += one.activation_bytes;
    const field = amount(one, "receptive_field");
    if (Number.isFinite(field)) total.receptive_field = Math.max(total.receptive_field, field);
  }
  return total;
}

// The kind a node is of: several may share a block and differ by the settings they bring along.
export function findKind(data: Pick<CanvasData, "shelves">, block: string, params: Params = {}): Kind | undefined {
  const kinds = data.shelves.flatMap((shelf) => shelf.kinds).filter((kind) => kind.block === block);
  return kinds.find((kind) => Object.entries(kind.params).every(([name, value]) => params[name] === value)) ?? kinds[0];
}

export function unknownKind(block: string): Kind {
  return {
    block, title: block, family: "", summary: "", inputs: ["input"], variadic: false, opens: false, params: {}, outputs: ["output"],
    has_sketch: false, other_names: "", short: block,
  };
}
