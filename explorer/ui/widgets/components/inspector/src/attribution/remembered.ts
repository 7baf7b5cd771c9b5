// Answers that came before: the same question again is answered at once, on both sides of the swipe.

import type { Look } from "../contract";
import { written } from "../asker";
import type { Attribution } from "./contract";

const MOST_BYTES = 40_000_000;
const answers = new Map<string, Attribution>();
const took = new Map<string, number>();
let bytes = 0;

export function questionOf({ run, step, steps, input, changes, against, shown, edits }: Look, method: string, options: object): string {
  const named = input.pixels ? { ...input, hash: null } : input;  // the server's name for pixels comes with an answer
  return written([run, step, steps, named, changes, shown === "first" ? null : [against, shown], edits, method, options]);
}

export const recall = (question: string): Attribution | undefined => answers.get(question);

export function remember(question: string, found: Attribution): void {
  bytes -= answers.get(question)?.values.data.byteLength ?? 0;
  answers.set(question, found);
  bytes += found.values.data.byteLength;
  for (const [oldest, { values }] of answers) {
    if (bytes <= MOST_BYTES || answers.size === 1) break;
    answers.delete(oldest);
    bytes -= values.data.byteLength;
  }
}

// How long a method took last, in seconds; without its first time, which warms up.
export const tookLast = (what: string): number | undefined => took.get(what);
export const tellTook = (what: string, seconds: number): void => void took.set(what, Math.min(seconds, took.get(what) ?? Infinity));
