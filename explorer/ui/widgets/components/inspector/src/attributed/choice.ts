// What is shown of the test set: which samples, by which methods, which number of theirs; kept while the page is there.

import { EVERYTHING, type SampleTable, type Wanted } from "../input/table";
import type { Scale } from "./contract";

export interface Choice { wanted: Wanted; methods: string[]; of: string; less: string; scale: Scale; page: number }

export const PREDICTED = "predicted", TRUE = "true", LOSS = "loss", MOST_METHODS = 4;
const FIRST = ["saliency", "integrated_gradients"];

let kept: Choice | null = null;

// `of`: the page's own number; `offered`: the methods that fit.
export function beginChoice(of: string, offered: string[]): Choice {
  const [first, less] = of.split("-") as [string, string?], known = kept?.methods.filter((name) => offered.includes(name)) ?? [];
  const liked = FIRST.filter((name) => offered.includes(name)), methods = known.length ? known : liked.length ? liked : offered.slice(0, 2);
  return kept ? { ...kept, methods } : { wanted: { ...EVERYTHING, order: "sure" }, methods, of: first, less: less ?? "", scale: "method", page: 0 };
}

export function keepChoice(choice: Choice): void {
  kept = choice;
}

// As the probe takes it.
export const targetOf = ({ of, less }: Choice): string => (less && of !== LOSS ? `${of || PREDICTED}-${less}` : of);

// Whether both sides of a sample's difference are one class, so that there is nothing to attribute.
export const isNothing = ({ of, less }: Choice, table: SampleTable, place: number): boolean =>
  less !== "" && of !== LOSS && table.classOf(place, of || PREDICTED) === table.classOf(place, less);
