// The line with the unit's numbers: its end, behind the last sign of equality, is always seen.

import { make, setText } from "../dom";

export class Written {
  readonly element = make("p", "operation-line");
  private readonly terms = make("span", "operation-terms");
  private readonly end = make("span", "operation-end");

  constructor() {
    this.element.append(this.terms, this.end);
  }

  show(line: string): void {
    const at = line.lastIndexOf(" = "), cut = at < 0 ? line.length : at;
    setText(this.terms, line.slice(0, cut));
    setText(this.end, line.slice(cut));
    this.element.title = line;
  }
}
