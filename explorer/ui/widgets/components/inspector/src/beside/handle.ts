// The handle of the swipe over one view: dragged, or moved by arrow keys; the names of both sides are beside it.

import type { Colors } from "../contract";
import { make, setText } from "../dom";
import type { Sides } from "./sides";
import { swipe } from "./swipe";

const STEP = 0.02, LARGE = 0.1;

export class Handle {
  readonly element = make("div", "beside-handle");
  readonly names = make("div", "beside-names");
  private readonly left = make("span", "beside-name left");
  private readonly right = make("span", "beside-name right");

  // `view`: what the handle moves over.
  constructor(private readonly view: HTMLElement) {
    this.element.tabIndex = 0;
    this.element.dataset.testid = "swipe";
    this.element.setAttribute("role", "slider");
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", "100");
    this.element.append(make("i", "beside-grip", "⇆"));
    this.names.append(this.left, this.right);
    this.element.addEventListener("pointerdown", (event) => this.grab(event));
    this.element.addEventListener("pointermove", (event) => this.drag(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.moved();
  }

  // The page's own side is the darker one: of no color that means a sign or a class of values.
  show({ own, other }: Sides, name: string, { text, muted }: Colors): void {
    const isLeft = swipe.isLeft, sides: [HTMLElement, string, string][] = isLeft
      ? [[this.left, other, muted], [this.right, own, text]] : [[this.left, own, text], [this.right, other, muted]];
    for (const [element, text, color] of sides) {
      setText(element, text);
      element.title = text;
      element.style.setProperty("--inspector-side", color);
    }
    this.element.setAttribute("aria-label", name);
    this.moved();
  }

  moved(): void {
    const share = Math.round(100 * swipe.share);
    this.element.setAttribute("aria-valuenow", String(share));
    this.element.setAttribute("aria-valuetext", `${share} % ${this.left.textContent}`);
    this.left.style.visibility = share < 2 ? "hidden" : "";
    this.right.style.visibility = share > 98 ? "hidden" : "";
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.element.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  private drag(event: PointerEvent): void {
    if (!this.element.hasPointerCapture(event.pointerId)) return;
    const { left, width } = this.view.getBoundingClientRect();
    swipe.moveTo((event.clientX - left) / width);
    event.stopPropagation();
  }

  private key(event: KeyboardEvent): void {
    const { share } = swipe, moves: Record<string, number> = {
      ArrowLeft: share - STEP, ArrowDown: share - STEP, ArrowRight: share + STEP, ArrowUp: share + STEP, PageDown: share - LARGE, PageUp: share + LARGE, Home: 0, End: 1,
    };
    const to = moves[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    swipe.moveTo(to);
  }
}
