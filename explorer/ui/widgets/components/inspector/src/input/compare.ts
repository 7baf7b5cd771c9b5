// Two inputs: the one looked at is kept as the second, another is chosen, and either or their difference is shown.

import type { Look, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../numbers";
import { store } from "../store";

const SHOWN: [Look["shown"], string][] = [["first", "A"], ["second", "B"], ["difference", "A − B"]];

export class Compare {
  readonly element = make("div", "compare");
  private keep = make("button", "chip");
  private group = make("div", "chips");
  private drop = make("button", "chip", "✕");
  private names = make("div", "compare-names");
  private chips: HTMLButtonElement[];

  constructor(private data: PartData, private nameOf: (input: Look["input"]) => string) {
    this.keep.type = this.drop.type = "button";
    this.keep.addEventListener("click", () => this.start());
    this.drop.addEventListener("click", () => store.set({ against: null, shown: "first" }));
    this.group.setAttribute("role", "group");
    this.chips = SHOWN.map(([shown, title]) => {
      const chip = make("button", "chip", title);
      chip.type = "button";
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
    if (against) setText(this.names, fill(this.data.words.two_names!, { first: this.nameOf(input), second: this.nameOf(against.input) }));
  }

  private start(): void {
    const { input, changes } = store.look;
    store.set({ against: { input, changes } });
  }
}
