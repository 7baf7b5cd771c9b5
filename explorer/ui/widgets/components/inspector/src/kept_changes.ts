// Changes of the run that was looked at last, by hand and of what its nodes give, which the browser's tab keeps while the page is
// loaded again.

import type { Intervention, Look, WeightEdit } from "./contract";

const NAME = "layerscope.changes", ACTIONS = ["zero", "mean", "force", "scale"];

type Changes = Pick<Look, "edits" | "interventions">;

export function keepChanges({ run, edits, interventions }: Look): void {
  try {
    if (edits.length || interventions.length) sessionStorage.setItem(NAME, JSON.stringify({ run, edits, interventions }));
    else sessionStorage.removeItem(NAME);
  } catch {
    // The browser keeps nothing, or no more: a reload then shows the network as it was trained.
  }
}

export function keptChanges(run: string): Changes {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null"), isOwn = kept?.run === run;
    const listOf = <T>(list: unknown, isOne: (each: T) => boolean): T[] => (isOwn && Array.isArray(list) ? list.filter(isOne) : []);
    return { edits: listOf(kept?.edits, isEdit), interventions: listOf(kept?.interventions, isIntervention) };
  } catch {
    return { edits: [], interventions: [] };
  }
}

// The form alone, which an older page may have kept otherwise; Python checks the rest.
const isWhole = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;

function isEdit(each: WeightEdit): boolean {
  return typeof each?.parameter === "string" && [each.start, each.shape, each.values].every(Array.isArray) && [...each.start, ...each.shape].every(isWhole) && each.values.every(Number.isFinite);
}

function isIntervention(each: Intervention): boolean {
  return typeof each?.node === "string" && Array.isArray(each.index) && each.index.every((at) => at === null || isWhole(at)) && ACTIONS.includes(each.action) && Number.isFinite(each.value);
}
