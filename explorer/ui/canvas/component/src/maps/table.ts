// The network as a table of its nodes: what a person who does not see the maps reads.

import type { Editor } from "../editor";
import { fill, numberText } from "../numbers";
import { textOf } from "./overlays";

export function tabulate({ overview, state: { nodes, words, summaries } }: Editor, table: HTMLTableElement): void {
  const overlay = overview.overlayOf(), numbers = overview.moment?.numbers.get(overview.overlay);
  const heads = [words.node, words.kind, words.shape, words.values, ...(overlay ? [overlay.title] : [])];
  const rows = nodes.map(({ id, data }) => {
    const address = String(data.params.address), maps = overview.moment?.nodes.get(address);
    const values = maps ? fill(words.from_to, { low: numberText(maps.signed ? -maps.limit : 0), high: numberText(maps.limit) }) : "";
    return [id, data.kind.title, summaries.get(id)?.shape ?? "", values, ...(overlay ? [textOf(numbers?.get(address), overlay)] : [])];
  });
  const head = document.createElement("tr"), caption = document.createElement("caption");
  caption.textContent = words.canvas_maps;
  head.append(...heads.map((name) => cell("th", name)));
  table.replaceChildren(caption, head, ...rows.map((row) => {
    const line = document.createElement("tr");
    line.append(...row.map((words, i) => cell(i ? "td" : "th", words)));
    return line;
  }));
}

function cell(kind: "td" | "th", words: string): HTMLElement {
  return Object.assign(document.createElement(kind), { textContent: words });
}
