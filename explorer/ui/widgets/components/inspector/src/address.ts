// The page's address: what is looked at, so that a link, a reload and the way back lead to it. Going to another view is a
// step of the browser's history; whatever else changes replaces the last one.

import type { Look, Place } from "./contract";

const MOST_NUMBERS = 6;

export function writeAddress(look: Look, place: Place | null): void {
  const url = new URL(location.href), { searchParams: named } = url;
  const values = {
    step: look.step, sample: look.input.sample, inside: look.inside, node: look.node, unit: look.unit?.join(","), view: place ?? named.get("view"),
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") named.delete(name);
    else named.set(name, String(value));
  }
  if (url.href === location.href) return;
  if (place && place !== new URLSearchParams(location.search).get("view")) history.pushState(history.state, "", url);
  else history.replaceState(history.state, "", url);
}

// What an address names, where it is of this run: for the way back.
export function readAddress(look: Look): { patch: Partial<Look>; place: Place | null } | null {
  const named = new URLSearchParams(location.search), whole = (words: string | null) => (words && /^\d{1,15}$/.test(words) ? Number(words) : null);
  if (named.get("run") !== look.run) return null;
  const step = whole(named.get("step")), sample = whole(named.get("sample")), numbers = (named.get("unit") ?? "").split(",").slice(0, MOST_NUMBERS).map(whole);
  return {
    patch: {
      ...(step !== null && look.steps.includes(step) ? { step } : {}),
      ...(sample !== null && sample !== look.input.sample ? { input: { sample, pixels: null, hash: null, tokens: null, name: "" } } : {}),
      inside: named.get("inside") ?? "", node: named.get("node") ?? look.node, unit: numbers.includes(null) ? null : (numbers as number[]),
    },
    place: named.get("view") as Place | null,
  };
}
