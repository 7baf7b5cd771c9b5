// A sentence in the place of the picture, with a button where there is a way on.

import { button, make, setText } from "../dom";

export class Notice {
  readonly element = make("div", "operation-note");
  private readonly sentence = make("p");
  private readonly way = button("", "", () => this.go());
  private go: () => void = () => {};

  constructor() {
    this.element.append(this.sentence, this.way);
    this.hide();
  }

  show(sentence: string, way: string = "", go: () => void = () => {}): void {
    setText(this.sentence, sentence);
    this.way.textContent = way;
    this.way.hidden = !way;
    this.go = go;
    this.element.hidden = false;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
