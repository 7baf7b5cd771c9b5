// How values become colors: each layer on its own scale, all on one, or on the scales of a moment that was kept.

import type { MapsParams } from "./grid";
import type { Moment, NodeMaps } from "./moment";
import type { Tinting } from "./paint";

export type TintKind = "layer" | "network" | "fixed";
export const TINTS: TintKind[] = ["layer", "network", "fixed"];

export class Tints {
  kind: TintKind = "layer";
  private kept = new Map<string, number>();

  choose(kind: TintKind): void {
    if (kind === "fixed") this.kept.clear();
    this.kind = kind;
  }

  // A node that is met for the first time brings its scale; one that is known keeps it.
  meet({ nodes }: Moment): void {
    if (this.kind !== "fixed") return;
    for (const { address, limit } of nodes.values()) if (!this.kept.has(address)) this.kept.set(address, limit);
  }

  // other: the moment of the swipe's other side, which has the same scales.
  of(maps: NodeMaps, params: MapsParams, moment: Moment, other: Moment | null): Tinting {
    return { limit: this.limitOf(maps, moment, other), signed: maps.signed, image: params.is_input && isImage(maps) };
  }

  private limitOf({ address, limit }: NodeMaps, moment: Moment, other: Moment | null): number {
    if (this.kind === "network") return largest(moment, other);
    return (this.kind === "fixed" ? this.kept.get(address) : undefined) ?? Math.max(limit, other?.nodes.get(address)?.limit ?? 0);
  }
}

// The end of the scale that all layers share, on both sides of the swipe.
export function largest({ nodes }: Moment, other: Moment | null): number {
  return Math.max(...[...nodes.values(), ...(other?.nodes.values() ?? [])].map((node) => node.limit));
}

function isImage({ form, values: { shape: [count] }, limit, signed }: NodeMaps): boolean {
  return form === "maps" && (count === 1 || count === 3) && !signed && limit <= 1;
}
