// What Python sends (picture.py, packing.py) and what goes back (messages.py).

import type { Levels } from "./maps/overview";

export type Point = [x: number, y: number];
export type Params = Record<string, unknown>;

export interface Kind {
  block: string;
  title: string;
  family: string;
  summary: string;
  inputs: string[];
  variadic: boolean;
  opens: boolean;
  params: Params;
  outputs: string[];
  has_sketch: boolean;       // its nodes have room for a sketch
  other_names: string;  // what a search finds it by
  short: string;        // its title on a card
}

export interface Shelf {
  title: string;
  kinds: Kind[];
  is_open: boolean;
  repeated: boolean;  // all of it stands on other shelves, too
}

// explorer/document/problem.py in words; a fix is its button's title, asked for by the problem's place in its list.
export interface Problem {
  message: string;
  fix: string | null;
  is_hint: boolean;  // nothing is wrong with the network, but it does not fit its data yet
}

// What a node shows of itself; see explorer/blocks/sketch.py.
export type Sketch =
  | { kind: "Symbol"; text: string }
  | { kind: "Curve"; x: number[]; y: number[] }
  | { kind: "Matrix"; cells: number[][]; row: string; column: string; copies: number; layers: string }
  | { kind: "Grid"; rows: number; columns: number; shift: Point };

export interface NodeSummary {
  kind: Kind;
  settings: string;
  shape: string | null;   // of the first output
  shapes: string[];       // of all outputs where there are several
  parameters: number;
  multiply_adds: number;
  activation_bytes: number;
  receptive_field: Point | "all" | null;
  problems: Problem[];
  is_output: boolean;
  thumbnail: string | null;
  note: string;
  sketch: Sketch | null;
  sketch_text: string;
  change: Change | null;
  change_text: string;
}

export type Change = "added" | "removed" | "changed" | "moved";

// NodeSummary on the wire: the kind by its place in `kinds`, and only what differs from `NO_SUMMARY`.
export type PackedSummary = Partial<Omit<NodeSummary, "kind">> & { kind: number };

export const NO_SUMMARY: Omit<NodeSummary, "kind"> = {
  settings: "", shape: null, shapes: [], parameters: 0, multiply_adds: 0, activation_bytes: 0, receptive_field: null,
  problems: [], is_output: false, thumbnail: null, note: "", sketch: null, sketch_text: "", change: null, change_text: "",
};

export interface DrawnNode {
  id: string;
  block: string;
  params: Params;
  at: Point | null;
}

export interface DrawnEdge {
  source: string;
  source_port: number;
  target: string;
  port: number;
  change?: Change | null;
}

export interface Picture {
  revision: number;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
  kinds: Kind[];
  summaries: Record<string, PackedSummary>;
  problems: Problem[];
  selected: string[];
  crumbs: { title: string }[];
  editable: boolean;
  remark: string;
  preview: boolean;
  preview_due: boolean;
  can_undo: boolean;
  can_redo: boolean;
  live: Live | null;
  follows: boolean;  // its nodes are cards of maps
}

// The run whose maps and weights are painted into the picture; a weight may be changed where `takes_weights`.
export interface Live {
  run_id: string;
  takes_weights: boolean;
}

export interface Sign {
  color: string;
  icon: string;
  word: string;
}

// Colors of one theme; `families` by name.
export interface Look {
  dark: boolean;
  scale: number;       // 1.25 on a projector
  families: Record<string, string>;
  problem: Sign;
  warning: Sign;
  valid: Sign;
  muted: string;
  panel: string;
  line: string;
  accent: string;
  tint: string;
  negative: string;
  positive: string;
  signed: string;      // colors of a scale, low to high: three bytes each, in base64
  sequential: string;
}

export type Words = Record<string, string>;

export interface CanvasData {
  picture: Picture;
  shelves: Shelf[];
  words: Words;
  look: Look;
  height_px: number;
  instance: string;
  acknowledged: number;
  levels?: Levels;
}

export type EdgeTriple = [source: string, target: string, port: number];

export interface GraphMessage {
  kind: "graph";
  revision: number;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
  closing: EdgeTriple[];
  selected: string[];
}

export type Message =
  | GraphMessage
  | { kind: "select"; nodes: string[] }
  | { kind: "undo" | "redo" | "tidy" | "preview" }
  | { kind: "fix"; node: string; place: number }
  | { kind: "group"; nodes: string[] }
  | { kind: "ungroup" | "open" | "keep" | "output"; node: string }
  | { kind: "leave"; depth: number }
  | { kind: "show_preview"; on: boolean }
  | { kind: "set_weight"; parameter: string; target: number; source: number; value: number };

export interface Sent {
  instance: string;
  messages: (Message & { seq: number })[];
}
