// What Python sends (inspector/__init__.py), and what all parts share.

import type { Tensor } from "../../common/tensors";
import type { Store } from "./store";

export const VERSION = 1;  // of questions and answers: explorer/inspection/asked.py

export type Words = Record<string, string>;
export type Place = "overview" | "operation" | "unit" | "maps" | "weights" | "attention" | "attribution" | "gradients" | "time" | "what_if";

// One input: a sample of the test part, or pixels that a person made; the server knows those by their hash afterwards.
export interface InputSpec {
  sample: number | null;
  pixels: Tensor | null;   // as the network takes it, without the batch axis
  hash: string | null;
  tokens: number | null;   // how many of a text's tokens were typed
  edited: number | null;   // the sample that this one was made of by hand: it has that one's target
  name: string;            // what a person reads, for what is no sample
}

export interface Changed { input: InputSpec; changes: Record<string, number> }

// New values of a box of a parameter, put over the weights of the step: explorer/inspection/edits.py.
export interface WeightEdit {
  parameter: string;       // its name in the state dict
  start: number[];         // the box's first index, one number for each axis
  shape: number[];
  values: number[];        // row by row
}

// A part of what a node gives that is silenced, forced or scaled: explorer/intervention/interventions.py.
export interface Intervention {
  node: string;
  index: (number | null)[];  // into its output for one sample, null for all along an axis; [] the whole layer
  action: "zero" | "mean" | "force" | "scale";
  value: number;
}

// The other side of the swipe: what differs there from what is looked at.
export interface Beside extends Changed {
  run: string;
  step: number;
  edits: WeightEdit[];
}

// Another input, or another network, whose values take the place of those looked at: explorer/inspection/asked.py.
export type Source = Pick<Beside, "run" | "step" | "input" | "changes" | "edits">;

// What is looked at. Whoever changes it uses store.set.
export interface Look extends Changed {
  run: string;
  step: number;
  steps: number[];
  against: Changed | null;
  shown: "first" | "second" | "difference";
  inside: string;          // the address of the block walked into
  node: string;            // whose operation or unit is shown
  unit: number[] | null;   // its index into the node's output, without the batch axis
  parameter: string;       // an element of a parameter in the unit's place, "conv1.weight[0, 0, 2, 2]"; of the node looked at
  of: string;              // what is differentiated: a class's logit by its index, "4-9" the difference of two, "loss"; "" the loss, of attributions the predicted class
  methods: string;         // of attribution, names with commas between; "" those to begin with
  edits: WeightEdit[];     // what was changed by hand of the weights
  interventions: Intervention[];
  source?: Source;         // of a question alone: where values are taken from
  beside: Beside | null;
}

export interface Sign { color: string; icon: string; word: string }

export interface Colors {
  dark: boolean;
  scale: number;           // 1.25 on a projector
  background: string;
  panel: string;
  text: string;
  muted: string;
  grid: string;
  accent: string;
  line: string;
  problem: Sign;
  warning: Sign;
  valid: Sign;
  classes: string[];
  runs: string[];          // of runs that are compared, in their order
  sequential: string[];    // colors of a scale, low to high
  diverging: string[];
}

export interface PartData {
  part: string;
  probe: string;           // the probe that this part shows, "" for none
  language: string;
  height_px: number;
  words: Words;
  look: Colors;
  options: Record<string, any>;
  first: Look | null;      // what is looked at to begin with; taken where `revision` is new
  revision: string;
}

export type Trigger = (name: "settled" | "open" | "picked", value: unknown) => void;

// A part is made once for an element, and gets newer words, colors and options from Python.
export interface Part {
  update(data: PartData): void;
  end(): void;
}

// A part reads and asks through the store that it is given: the page's own, or that of the other side of the swipe.
export type MakePart = (host: HTMLElement, data: PartData, trigger: Trigger, store: Store) => Part;
