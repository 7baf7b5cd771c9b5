// What the two sides of the swipe are called.

import type { Beside, Changed, Look, Words } from "../contract";
import { same } from "../asker";
import { fill } from "../../../common/numbers";
import type { Kind } from "./swipe";

export interface Sides { own: string; other: string }

export function nameSides(kind: Kind, look: Look, beside: Beside, titles: Record<string, string>, words: Words): Sides {
  switch (kind) {
    case "step": return { own: stepName(look.step, words), other: stepName(beside.step, words) };
    case "run": return { own: runName("A", look.run, titles, words), other: runName("B", beside.run, titles, words) };
    case "edits": return { own: words.side_edited!, other: words.side_kept! };
    default: return { own: inputName("A", look, words), other: inputName(look.against && same(look.against.input, beside.input) ? "B" : "", beside, words) };
  }
}

function stepName(step: number, words: Words): string {
  return fill(words.side_step!, { step: step.toLocaleString("en-US") });
}

function runName(letter: string, run: string, titles: Record<string, string>, words: Words): string {
  return `${fill(words.side_run!, { name: letter })}: ${titles[run] ?? run.slice(0, 8)}`;
}

function inputName(letter: string, { input: { sample, name } }: Changed, words: Words): string {
  const what = sample === null ? name : fill(words.side_sample!, { sample });
  return [letter && fill(words.side_input!, { name: letter }), what].filter(Boolean).join(": ");
}
