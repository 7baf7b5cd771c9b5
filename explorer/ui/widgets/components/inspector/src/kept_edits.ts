// Changes by hand of the run that was looked at last, which the browser's tab keeps while the page is loaded again.

import type { Look, WeightEdit } from "./contract";

const NAME = "layerscope.edits";

export function keepEdits({ run, edits }: Look): void {
  try {
    if (edits.length) sessionStorage.setItem(NAME, JSON.stringify({ run, edits }));
    else sessionStorage.removeItem(NAME);
  } catch {
    // The browser keeps nothing, or no more: a reload then shows the weights as they were trained.
  }
}

export function keptEdits(run: string): WeightEdit[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
    return kept?.run === run && Array.isArray(kept.edits) ? kept.edits : [];
  } catch {
    return [];
  }
}
