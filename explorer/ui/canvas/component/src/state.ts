// Everything the canvas shows at one moment.

import type { CanvasData, NodeSummary, Kind, Look, Picture, Shelf, Words } from "./contract";
import type { FlowEdge, FlowNode } from "./flow";
import type { Pointed } from "./live/pointing";
import type { Overlay } from "./maps/overlays";

export type Measure = "parameters" | "multiply_adds" | "activation_bytes" | "receptive_field";
export const MEASURES: Measure[] = ["parameters", "multiply_adds", "activation_bytes", "receptive_field"];

// A short sentence for the person; `at` is where on the canvas it is shown, in pixels.
export interface Hint {
  words: string;
  at: { x: number; y: number } | null;
}

// A connection made by keyboard, from an output of `source`; `targets` are the nodes it may lead to.
export interface Connecting {
  source: string;
  source_port: number;
  targets: string[];
  place: number;
  port: number;
}

// A block on its way from the palette, in pixels of the window.
export interface Carried {
  kind: Kind;
  x: number;
  y: number;
}

export interface State {
  nodes: FlowNode[];
  edges: FlowEdge[];
  picture: Picture;
  summaries: ReadonlyMap<string, NodeSummary>;
  totals: Record<Measure, number>;
  shelves: Shelf[];
  words: Words;
  look: Look;
  heightPx: number;
  automatic: boolean;         // nobody has placed a node: the canvas lays out after every edit
  tint: Measure | null;
  minimap: boolean;
  keysShown: boolean;
  searching: number;          // how often the palette's search was asked for
  dropEdge: string | null;    // the edge that what is dragged would be put into
  connecting: Connecting | null;
  carried: Carried | null;
  hint: Hint | null;
  pointed: Pointed | null;    // by the mouse, on a live picture
  weighing: Pointed | null;   // the edge whose weight is being typed
  said: string;               // for screen readers
  overlays: Overlay[];        // the numbers that can lie over a network of maps
  notice: string;             // why there are no maps
}

export function firstState(data: CanvasData): State {
  return {
    nodes: [], edges: [], picture: { ...data.picture, revision: NaN }, summaries: new Map(),
    totals: { parameters: 0, multiply_adds: 0, activation_bytes: 0, receptive_field: 0 }, shelves: data.shelves,
    words: data.words, look: data.look, heightPx: data.height_px, automatic: true, tint: null, minimap: false,
    keysShown: false, searching: 0, dropEdge: null, connecting: null, carried: null, hint: null, pointed: null, weighing: null, said: "", overlays: data.levels?.overlays ?? [], notice: "",
  };
}

export function selectedIds(state: State): string[] {
  return state.nodes.filter((node) => node.selected).map((node) => node.id);
}
