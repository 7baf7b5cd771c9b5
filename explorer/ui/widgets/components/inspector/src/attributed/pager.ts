// Which of the samples are shown, and the way to the next ones.

import type { PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, whole } from "../../../common/numbers";

export class Pager {
  readonly element = make("div", "attributed-pager");
  private readonly line = make("span");
  private readonly earlier = button("‹", "", () => this.turn(this.page - 1));
  private readonly later = button("›", "", () => this.turn(this.page + 1));
  private page = 0;

  constructor(private data: PartData, private readonly turn: (page: number) => void) {
    this.line.setAttribute("aria-live", "polite");
    this.element.append(this.earlier, this.line, this.later);
    this.update(data);
  }

  show(page: number, size: number, count: number): void {
    this.page = page;
    this.earlier.disabled = page === 0;
    this.later.disabled = (page + 1) * size >= count;
    const [first, last] = [page * size + 1, Math.min(count, (page + 1) * size)];
    setText(this.line, count ? fill(this.data.words.range!, { first: whole(first), last: whole(last), count: whole(count) }) : "");
  }

  update(data: PartData): void {
    this.data = data;
    for (const [element, name] of [[this.earlier, data.words.earlier!], [this.later, data.words.later!]] as const) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
  }
}
