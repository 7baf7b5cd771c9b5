// The line with the unit's numbers: its end, behind the last sign of equality, is always seen.

import { make, setText } from "../dom";

export class Written {
  readonly element = make("p", "operation-line");
  private readonly terms = make("span", "operation-terms");
  private readonly end = make("span", "operation-end");

  constructor() {
    this.element.append(this.terms, this.end);
  }

  show(words: string): void {
    const at = words.lastIndexOf(" = "), cut = at < 0 ? words.length : at;
    setText(this.terms, words.slice(0, cut));
    setText(this.end, words.slice(cut));
    this.element.title = words;
  }
}
