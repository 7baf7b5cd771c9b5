// The line above the maps: which layer, for which inputs, what of a gradient, and the maps as a file.

import type { PartData } from "../contract";
import { button, make } from "../dom";
import { Segments } from "../segments";
import { fill } from "../../../common/numbers";

export const ALL = "";
export interface Chosen { node: string; samples: number; mean: string }

export class Tools {
  readonly element = make("div", "operation-head maps-head");
  chosen: Chosen = { node: ALL, samples: 0, mean: "signed" };
  private readonly label = make("label", "maps-label");
  private readonly title = make("span");
  private readonly select = make("select", "operation-node");
  private readonly inputs: Segments;
  private readonly mean: Segments;
  private readonly saves: HTMLButtonElement[];

  constructor(data: PartData, private readonly act: () => void, save: (format: "png" | "svg" | "npz") => void) {
    this.inputs = new Segments("0", (name) => this.choose({ samples: Number(name) }));
    this.mean = new Segments("signed", (name) => this.choose({ mean: name }));
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => save(format)));
    this.select.addEventListener("change", () => this.choose({ node: this.select.value }));
    this.label.append(this.title, this.select);
    this.element.append(this.label, this.inputs.element, this.mean.element, make("span", "operation-what"), ...this.saves);
    this.update(data);
  }

  choose(change: Partial<Chosen>): void {
    this.chosen = { ...this.chosen, ...change };
    this.select.value = this.chosen.node;
    this.act();
  }

  update({ words, options }: PartData): void {
    this.title.textContent = words.layer!;
    this.inputs.element.hidden = this.mean.element.hidden = !options.gradients;
    if (options.gradients) {
      this.inputs.update(words.inputs!, [["0", words.this_input!], [String(options.samples), fill(words.batch!, { count: options.samples })]]);
      this.mean.update(words.mean!, [["signed", words.mean_signed!], ["magnitude", words.mean_magnitude!]]);
    }
    [words.save_png, words.save_svg, words.save_npz].forEach((name, n) => {
      this.saves[n]!.title = name!;
      this.saves[n]!.setAttribute("aria-label", name!);
    });
  }

  // The layers that there are at this level.
  offer(nodes: string[], all: string): void {
    this.select.replaceChildren(new Option(all, ALL), ...nodes.map((address) => new Option(address, address)));
    this.select.value = this.chosen.node;
  }
}
