// What is chosen to be looked at, by the strip or by the panel; both are parts of one page.

import type { InputSpec } from "../contract";
import { store } from "../store";
import type { Tensor } from "../../../common/tensors";

export const SAMPLE: InputSpec = { sample: 0, pixels: null, hash: null, tokens: null, edited: null, name: "" };

// A new input is looked at itself, also where the second or the difference was.
export function choose(input: InputSpec): void {
  store.set({ input, shown: "first" });
}

export function chooseSample(place: number): void {
  choose({ ...SAMPLE, sample: place });
}

export function choosePixels(pixels: Tensor, name: string, tokens: number | null = null): void {
  choose({ sample: null, pixels, hash: null, tokens, edited: null, name });
}

// An edit of pixels replaces the changes too: they are in the pixels by then.
export function chooseEdited(pixels: Tensor, edited: number | null, name: string): void {
  store.set({ input: { sample: null, pixels, hash: null, tokens: null, edited, name }, changes: {}, shown: "first" });
}

// Whether the pad is open, and the last input that was not edited by hand.
type Listener = () => void;

class Bench {
  drawing = false;
  private listeners = new Set<Listener>();

  set(drawing: boolean): void {
    if (drawing === this.drawing) return;
    this.drawing = drawing;
    for (const listener of this.listeners) listener();
  }

  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const bench = new Bench();
