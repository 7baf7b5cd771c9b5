// The line above the picture: the layer, all layers, the direction, a part of a large matrix, the picture as a file.

import type { PartData } from "../contract";
import { button, make } from "../dom";
import { fill } from "../../../common/numbers";
import { Segments } from "../segments";
import type { Store } from "../store";
import { type AttentionView, hasAllPairs, type Side } from "./contract";
import { nameOf } from "./heads";

type Format = "png" | "svg" | "npz";
interface Acts { layer(node: string): void; turn(from: Side): void; all(): void; part(): void; save(format: Format): void }

export class Tools {
  readonly element = make("div", "operation-head attention-tools");
  showsAll = false;
  private readonly back: HTMLButtonElement;
  private readonly layer = make("select", "operation-node");
  private readonly all = button("", "", () => this.toggle());
  private readonly what = make("span", "operation-what");
  private readonly turns = new Segments("query", (side) => this.acts.turn(side as Side));
  private readonly part: HTMLButtonElement;
  private readonly saves: HTMLButtonElement[];
  private view: AttentionView | null = null;
  private isExact = false;

  constructor(private data: PartData, store: Store, private readonly acts: Acts) {
    this.back = button("", "", () => store.open("overview"));
    this.layer.addEventListener("change", () => acts.layer(this.layer.value));
    this.part = button("", "", () => acts.part());
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => acts.save(format)));
    this.element.append(this.back, this.layer, this.all, this.turns.element, this.part, this.what, ...this.saves);
    this.update(data);
  }

  update(data: PartData): void {
    const { words } = (this.data = data);
    const name = (element: HTMLElement, text: string, title: string) => {
      element.textContent = text;
      element.title = title;
      element.setAttribute("aria-label", title);
    };
    name(this.back, `‹ ${words.overview}`, words.back!);
    name(this.all, words.all_layers!, words.all_layers_hint!);
    this.turns.update(words.direction!, [["query", words.from_query!], ["key", words.to_key!]]);
    this.layer.setAttribute("aria-label", words.layer!);
    [words.save_png!, words.save_svg!, words.save_npz!].forEach((title, place) => {
      this.saves[place]!.title = title;
      this.saves[place]!.setAttribute("aria-label", title);
    });
    this.dress();
  }

  show(view: AttentionView, isExact: boolean): void {
    this.view = view;
    this.isExact = isExact;
    this.layer.replaceChildren(...view.blocks.map(({ node }) => {
      const option = make("option", "", nameOf(node));
      option.value = node;
      return option;
    }));
    this.layer.value = view.node;
    this.dress();
  }

  close(): void {
    this.showsAll = false;
    this.dress();
  }

  private toggle(): void {
    this.showsAll = !this.showsAll;
    this.dress();
    this.acts.all();
  }

  private dress(): void {
    const { view, data: { words } } = this;
    this.all.setAttribute("aria-pressed", String(this.showsAll));
    this.part.hidden = !view || (hasAllPairs(view.part) && !this.isExact && view.part.weights.shape[2] === view.shape[2]);
    this.part.textContent = this.part.title = this.isExact ? words.whole_matrix! : words.exact_part!;
    if (!view) return;
    const [windows, heads, queries, keys] = view.shape, count = queries === keys ? words.self! : words.cross!;
    this.what.textContent = this.what.title = [
      view.blocks.find(({ node }) => node === view.node)?.title ?? "", view.kind === "linear" ? words.implied! : "",
      windows > 1 ? fill(words.windows!, { count: windows }) : "", fill(heads > 1 ? words.heads! : words.one_head!, { count: heads }), fill(count, { queries, keys }),
    ].filter(Boolean).join(" · ");
  }
}
