// Columns of a graph drawn from left to right: every node right of all that feed it.

export interface Link {
  source: string;
  target: string;
}

export function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item), members = groups.get(key);
    if (members) members.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

// Longest path from the sources; then what has more outputs than inputs moves as far right as it can. A circle is
// cut at the node that comes first in `ids`.
export function rankNodes(ids: readonly string[], links: readonly Link[]): Map<string, number> {
  const next = group(links, (link) => link.source);
  const order = sortTopologically(ids, links, next);
  const place = new Map(order.map((id, i) => [id, i]));
  const forward = (link: Link) => place.get(link.source)! < place.get(link.target)!;
  const rank = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    for (const link of next.get(id) ?? []) {
      if (forward(link)) rank.set(link.target, Math.max(rank.get(link.target)!, rank.get(id)! + 1));
    }
  }
  const inputs = group(links, (link) => link.target);
  for (const id of order.slice().reverse()) {
    const out = (next.get(id) ?? []).filter(forward);
    if (out.length > (inputs.get(id)?.length ?? 0)) {
      rank.set(id, Math.max(rank.get(id)!, Math.min(...out.map((link) => rank.get(link.target)!)) - 1));
    }
  }
  return rank;
}

function sortTopologically(ids: readonly string[], links: readonly Link[], next: Map<string, Link[]>): string[] {
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const { target } of links) waiting.set(target, waiting.get(target)! + 1);
  const order: string[] = [];
  const done = new Set<string>();
  const ready = ids.filter((id) => waiting.get(id) === 0);
  let first = 0, oldest = 0;
  while (order.length < ids.length) {
    if (first === ready.length) {
      while (done.has(ids[oldest])) oldest++;
      ready.push(ids[oldest]);
    }
    const id = ready[first++];
    if (done.has(id)) continue;
    done.add(id);
    order.push(id);
    for (const { target } of next.get(id) ?? []) {
      const left = waiting.get(target)! - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return order;
}

// The parts of a graph that no edge connects, each in the order of `ids`.
export function components(ids: readonly string[], links: readonly Link[]): string[][] {
  const parent = new Map(ids.map((id) => [id, id]));
  const find = (id: string): string => {
    let root = id;
    while (parent.get(root) !== root) root = parent.get(root)!;
    for (let above = parent.get(id)!; above !== root; [id, above] = [above, parent.get(above)!]) parent.set(id, root);
    return root;
  };
  for (const { source, target } of links) parent.set(find(source), find(target));
  return [...group(ids, find).values()];
}
