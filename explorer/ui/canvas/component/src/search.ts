// Which blocks of the palette a person means: by name, by what others call them, else by what they do.

import type { Kind, Shelf } from "./contract";

const BY_PURPOSE = 4;

export function findKinds(shelves: readonly Shelf[], search: string): Kind[] {
  const wanted = search.trim().toLowerCase().split(/\s+/);
  const ranked = shelves.filter((shelf) => !shelf.repeated)
    .flatMap((shelf) => shelf.kinds.map((kind) => ({ kind, rank: rankOf(kind, shelf.title, wanted) })))
    .filter(({ rank }) => rank <= BY_PURPOSE).sort((a, b) => a.rank - b.rank);
  const named = ranked.filter(({ rank }) => rank < BY_PURPOSE);
  return (named.length ? named : ranked).map(({ kind }) => kind);
}

function rankOf(kind: Kind, family: string, wanted: readonly string[]): number {
  const title = kind.title.toLowerCase(), names = `${title} ${kind.block}`, whole = wanted.join(" ");
  if (title === whole || kind.other_names.toLowerCase().split(", ").includes(whole)) return 0;
  if (title.startsWith(whole)) return 1;
  if (holds(names, wanted)) return 2;
  if (holds(`${names} ${kind.other_names}`, wanted)) return 3;
  return holds(`${family} ${kind.summary}`, wanted) ? BY_PURPOSE : BY_PURPOSE + 1;
}

function holds(text: string, wanted: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return wanted.every((word) => lower.includes(word));
}
