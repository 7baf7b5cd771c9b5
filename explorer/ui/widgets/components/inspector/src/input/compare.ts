// Two inputs: the one looked at is kept as the second, another is chosen, and either or their difference is shown.

import type { Look, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { store } from "../store";
import type { Tensor } from "../../../common/tensors";
import { sizeOf, toDifference, toImage } from "./pixels";

const SHOWN: [Look["shown"], string][] = [["first", "A"], ["second", "B"], ["difference", "A − B"]];

export class Compare {
  readonly element = make("div", "compare");
  private keep = make("button", "chip");
  private group = make("div", "chips");
  private drop = make("button", "chip", "✕");
  private names = make("div", "compare-names");
  private chips: HTMLButtonElement[];
  private pictures: HTMLCanvasElement[];
  private seen: (Tensor | null)[] = [null, null];  // of A and of B, as the network takes them
  private isAsking = false;

  constructor(private data: PartData, private nameOf: (input: Look["input"]) => string) {
    this.keep.type = this.drop.type = "button";
    this.keep.addEventListener("click", () => this.start());
    this.drop.addEventListener("click", () => store.set({ against: null, shown: "first" }));
    this.group.setAttribute("role", "group");
    this.pictures = SHOWN.map(() => make("canvas"));
    this.chips = SHOWN.map(([shown, title], index) => {
      const chip = make("button", "chip");
      chip.type = "button";
      chip.append(this.pictures[index]!, make("span", "", title));
      chip.hidden = data.options.kind === "text" && shown === "difference";
      chip.addEventListener("click", () => store.set({ shown }));
      return chip;
    });
    this.group.append(...this.chips, this.drop);
    this.element.append(this.keep, this.group, this.names);
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    const { words } = data, help = [words.first_help!, words.second_help!, words.difference_help!];
    setText(this.keep, words.compare!);
    this.keep.title = words.compare_help!;
    this.drop.title = words.compare_end!;
    this.drop.setAttribute("aria-label", words.compare_end!);
    this.group.setAttribute("aria-label", words.two_inputs!);
    this.chips.forEach((chip, index) => (chip.title = help[index]!));
    this.show();
  }

  show(): void {
    const { against, shown, input } = store.look;
    this.keep.hidden = against !== null;
    this.group.hidden = this.names.hidden = against === null;
    this.chips.forEach((chip, index) => chip.setAttribute("aria-pressed", String(SHOWN[index]![0] === shown)));
    if (!against) this.seen[1] = null;
    else void this.complete();
    if (against) setText(this.names, fill(this.data.words.two_names!, { first: this.nameOf(input), second: this.nameOf(against.input) }));
  }

  // One of the two as it is shown, so that all three are side by side.
  saw(values: Tensor): void {
    const { against, shown } = store.look;
    if (shown !== "difference") this.seen[shown === "second" && against ? 1 : 0] = values;
    if (against) this.paint();
  }

  // The page may have been opened on two inputs of which only one, or only their difference, is shown.
  private async complete(): Promise<void> {
    const { look } = store, missing = this.seen.findIndex((values) => !values);
    if (missing < 0 || this.isAsking || !this.data.options.image) return;
    this.isAsking = true;
    const answer = await store.ask("input", {}, { look: { ...look, shown: missing ? "second" : "first" } }).catch(() => null);
    this.isAsking = false;
    const values = answer?.results[0]?.values;
    if (!values || look.against !== store.look.against) return;  // asked for again with the next change
    this.seen[missing] ??= values;
    this.paint();
    void this.complete();
  }

  private start(): void {
    const { input, changes } = store.look;
    this.seen[1] = this.seen[0]!;
    store.set({ against: { input, changes } });
    this.paint();
  }

  private paint(): void {
    const { image } = this.data.options, [first, second] = this.seen;
    for (const picture of this.pictures) picture.hidden = !image;
    if (!image) return;
    const difference = first && second ? { data: first.data.map((value, at) => value - second.data[at]!), shape: first.shape } : null;
    [first, second, difference].forEach((values, index) => this.paintOne(this.pictures[index]!, values ?? null, image, index === 2));
  }

  private paintOne(canvas: HTMLCanvasElement, values: Tensor | null, image: number[], isDifference: boolean): void {
    const size = sizeOf(image), pen = canvas.getContext("2d")!;
    Object.assign(canvas, { width: size.width, height: size.height });
    if (values) pen.putImageData(isDifference ? toDifference(values.data, size, this.data.look.diverging, pen) : toImage(values.data, size, pen), 0, 0);
  }
}
