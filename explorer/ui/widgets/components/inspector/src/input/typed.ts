// A text to read: a held-out piece, or words of one's own; below it what the network reads of it.

import type { PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Item } from "../../../common/results";
import { store } from "../store";
import { bring, bytesOf } from "./upload";

const TYPED_MS = 60;

export class TextField {
  readonly element = make("div", "typed");
  private field = make("textarea");
  private label = make("label", "typed-label");
  private reads = make("div", "typed-reads");
  private waiting = 0;

  constructor(private data: PartData, private say: (sentence: string) => void) {
    this.field.rows = 5;
    this.field.spellcheck = false;
    this.field.addEventListener("input", () => this.later());
    this.label.append(make("span"), this.field);
    this.element.append(this.label, this.reads);
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    setText(this.label.firstElementChild as HTMLElement, data.words.words!);
    this.field.title = fill(data.words.words_help!, { count: data.options.length });
    this.field.maxLength = data.options.longest;
  }

  end(): void {
    clearTimeout(this.waiting);
  }

  show({ values, tokens }: Item): void {
    const { alphabet } = this.data.options, data: ArrayLike<number> = values.data;
    const read = Array.from(data, (token) => alphabet[token] ?? "").slice(0, tokens ?? undefined).join("");
    if (document.activeElement !== this.field) this.field.value = read;
    setText(this.reads, fill(this.data.words.reads!, { text: read, count: read.length }));
  }

  private later(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.read(), TYPED_MS);
  }

  private async read(): Promise<void> {
    try {
      const before = store.look.input, text = this.field.value;
      const sentence = await bring(bytesOf(text), this.data.words.own_words!, "text", null);
      if (store.look.input !== before || sentence) this.say(sentence);
      if (text !== this.field.value) this.later();
    } catch {
      this.say(this.data.words.unreachable!);
    }
  }
}
