// Changes of the run that was looked at last, by hand and of what its nodes give, which the browser's tab keeps while the page is
// loaded again.

import type { Look } from "./contract";

const NAME = "layerscope.changes";

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
    const listOf = <T>(list: T[]): T[] => (isOwn && Array.isArray(list) ? list : []);
    return { edits: listOf(kept?.edits), interventions: listOf(kept?.interventions) };
  } catch {
    return { edits: [], interventions: [] };
  }
}
