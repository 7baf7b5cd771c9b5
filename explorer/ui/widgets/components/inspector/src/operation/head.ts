// The line above the picture: the way back, the node, what feeds it and what it feeds, and the picture as a file.

import type { PartData } from "../contract";
import { button, make } from "../dom";
import type { Store } from "../store";

export interface Node { address: string; title: string; sources?: string[] }

export class Head {
  readonly element = make("div", "operation-head");
  private readonly back = button("‹", "", () => this.store.open("overview"));
  private readonly select = make("select", "operation-node");
  private readonly before = button("◀", "", () => this.walk(-1));
  private readonly behind = button("▶", "", () => this.walk(1));
  private readonly what = make("span", "operation-what");
  private readonly saves: HTMLButtonElement[];
  private nodes: Node[] = [];
  private node = "";

  constructor(data: PartData, private readonly store: Store, save: (format: "png" | "svg" | "npz") => void) {
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => save(format)));
    this.select.addEventListener("change", () => this.go(this.select.value));
    this.element.append(this.back, this.before, this.select, this.behind, this.what, ...this.saves);
    this.update(data);
  }

  update({ words, options }: PartData): void {
    this.nodes = options.nodes ?? [];
    const names: [HTMLElement, string][] = [[this.back, words.back!], [this.before, words.feeding!], [this.behind, words.fed!], [this.select, words.node!],
      ...this.saves.map((save, n): [HTMLElement, string] => [save, [words.save_png, words.save_svg, words.save_npz][n]!])];
    for (const [element, name] of names) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    this.back.textContent = `‹ ${words.overview}`;
    this.fillSelect();
    for (const element of [this.back, this.before, this.select, this.behind]) element.hidden = !this.nodes.length;
    this.saves[2]!.hidden = !this.nodes.length;
  }

  // Nodes inside a block are a group of their own.
  private fillSelect(): void {
    const groups = new Map<string, HTMLElement>([["", this.select]]);
    this.select.replaceChildren();
    for (const { address, title } of this.nodes) {
      const inside = address.split(".").slice(0, -1).join(".");
      if (!groups.has(inside)) {
        const group = make("optgroup");
        group.label = inside;
        groups.set(inside, group);
        this.select.append(group);
      }
      const option = make("option", "", title || address);
      option.value = address;
      groups.get(inside)!.append(option);
    }
    this.select.value = this.node;
  }

  show(node: string, what: string): void {
    this.node = node;
    this.select.value = node;
    this.what.textContent = this.what.title = what;
    this.before.disabled = this.neighbor(-1) === null;
    this.behind.disabled = this.neighbor(1) === null;
  }

  private neighbor(by: number): string | null {
    const at = this.nodes.findIndex(({ address }) => address === this.node), own = this.nodes[at];
    if (!own) return null;
    if (own.sources) {
      const found = by < 0 ? own.sources.find((source) => this.nodes.some(({ address }) => address === source)) : this.nodes.find(({ sources }) => sources?.includes(own.address))?.address;
      if (found) return found;
    }
    return this.nodes[at + by]?.address ?? null;
  }

  private walk(by: number): void {
    const address = this.neighbor(by);
    if (address !== null) this.go(address);
  }

  private go(node: string): void {
    this.store.set({ node, unit: null });
  }
}
