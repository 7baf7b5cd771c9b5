// The lines above the panels: how the colors are meant, the input beneath, the prepared copy, the row as a file.

import type { Words } from "../contract";
import { button, make } from "../dom";
import { Segments } from "../segments";
import { fill } from "../../../common/numbers";
import { choices, type Chosen } from "./choices";

export type Format = "png" | "svg" | "npz";
export interface Offered { isImage: boolean; isFeatures: boolean; hasPrepared: boolean; channels: number }

export class Tools {
  readonly element = make("div", "attribution-tools");
  readonly prepared = make("label", "attribution-prepared");
  readonly saves: HTMLButtonElement[];
  private readonly isPrepared = make("input");
  private readonly preparedName = make("span");
  private readonly preparedShort = make("span", "attribution-short");
  private readonly sign = new Segments(choices.chosen.sign, (sign) => choices.choose({ sign: sign as Chosen["sign"] }));
  private readonly scale = new Segments(choices.chosen.scale, (scale) => choices.choose({ scale: scale as Chosen["scale"] }));
  private readonly over = make("label", "of-label");
  private readonly isOver = make("input");
  private readonly overName = make("span");
  private readonly strength = make("input");
  private readonly channel = make("select", "of-select");
  private readonly sorted = make("label", "of-label");
  private readonly isSorted = make("input");
  private readonly sortedName = make("span");

  constructor(save: (format: Format) => void) {
    for (const box of [this.isPrepared, this.isOver, this.isSorted]) box.type = "checkbox";
    Object.assign(this.strength, { type: "range", min: "0.2", max: "1", step: "0.05" });
    this.saves = (["png", "svg", "npz"] as const).map((format) => button(`⤓ ${format.toUpperCase()}`, "", () => save(format)));
    const files = make("span", "attribution-files");
    files.append(...this.saves);
    this.prepared.append(this.isPrepared, this.preparedName, this.preparedShort);
    this.over.append(this.isOver, this.overName, this.strength);
    this.sorted.append(this.isSorted, this.sortedName);
    this.element.append(this.sign.element, this.scale.element, this.channel, this.over, this.sorted, make("span", "attribution-space"), files);
    this.isPrepared.addEventListener("change", () => choices.choose({ prepared: this.isPrepared.checked }));
    this.isOver.addEventListener("change", () => choices.choose({ isOver: this.isOver.checked }));
    this.isSorted.addEventListener("change", () => choices.choose({ isSorted: this.isSorted.checked }));
    this.strength.addEventListener("input", () => choices.choose({ strength: Number(this.strength.value) }));
    this.channel.addEventListener("change", () => choices.choose({ channel: Number(this.channel.value) }));
  }

  update(words: Words): void {
    this.sign.update(words.colors!, [["signed", words.signed!], ["magnitude", words.magnitude!]]);
    this.scale.update(words.scales!, [["own", words.own_scale!], ["shared", words.shared_scale!]]);
    this.overName.textContent = words.over!;
    this.sortedName.textContent = words.sorted!;
    this.preparedName.textContent = words.prepared!;
    this.preparedShort.textContent = words.prepared_short!;
    this.prepared.title = words.prepared_hint!;
    this.strength.setAttribute("aria-label", words.strength!);
    this.strength.title = words.strength!;
    this.channel.setAttribute("aria-label", words.channel!);
    [words.save_png, words.save_svg, words.save_npz].forEach((name, n) => {
      this.saves[n]!.title = name!;
      this.saves[n]!.setAttribute("aria-label", name!);
    });
  }

  show({ isImage, isFeatures, hasPrepared, channels }: Offered, words: Words): void {
    const { prepared, sign, scale, isOver, strength, channel, isSorted } = choices.chosen;
    this.sign.choose(sign);  // as the other side of the swipe has it
    this.scale.choose(scale);
    this.isPrepared.checked = prepared;
    this.isOver.checked = isOver;
    this.strength.value = String(strength);
    this.strength.disabled = !isOver;
    this.isSorted.checked = isSorted;
    this.prepared.hidden = !hasPrepared;
    this.over.hidden = !isImage;
    this.sorted.hidden = !isFeatures;
    this.channel.hidden = channels < 2;
    if (this.channel.options.length !== channels + 1) {
      this.channel.replaceChildren(new Option(words.all_channels!, "-1"), ...Array.from({ length: channels }, (_, place) => new Option(fill(words.one_channel!, { channel: place }), String(place))));
    }
    this.channel.value = String(channel < channels ? channel : -1);
  }
}
