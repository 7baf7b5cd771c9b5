// The other side of the swipe: the maps of another step, run or input over those of each card, cut at the handle. Moving the
// handle, or the plane, cuts them elsewhere and paints nothing.

import type { Editor } from "../editor";
import type { Inspector } from "./inspector";
import { type Moment, readMoment } from "./moment";
import type { MapsCard, Overview } from "./overview";
import { paintMaps } from "./paint";

export class BesideMaps {
  moment: Moment | null = null;
  private isShown = false;
  private readonly canvases = new Map<string, { of: HTMLCanvasElement; over: HTMLCanvasElement }>();
  private inspector: Inspector | null = null;
  private ends: (() => void)[] = [];
  private due = 0;

  constructor(private readonly editor: Editor, private readonly overview: Overview) {}

  begin(inspector: Inspector): void {
    this.inspector = inspector;
    this.connect(inspector);
  }

  // Once the plane is there.
  private connect({ store, besideStore, swipeOver }: Inspector): void {
    const { stage } = this.editor, plane = stage?.querySelector(".react-flow__viewport");
    if (!stage || !plane) return;
    const watcher = new MutationObserver(() => this.cut());
    watcher.observe(plane, { attributes: true, attributeFilter: ["style"] });
    this.ends = [
      swipeOver(stage, () => this.cut()), () => watcher.disconnect(),
      besideStore.follow("overview", () => (store.look.beside ? { quantity: "none" } : null), ({ results, kind }) => this.receive(readMoment(results), kind)),
      store.watch((look, changed) => {
        if (changed.includes("beside") && !look.beside) this.receive(null, "");
        if (changed.includes("inside")) this.receive(null, "");
      }),
    ];
  }

  // Where there are no maps, as of a run that lacks this block, the cards show none on that side.
  private receive(moment: Moment | null, kind: string): void {
    const { store } = this.inspector!;
    this.moment = store.look.beside && moment?.inside === store.look.inside ? moment : null;
    this.isShown = store.look.beside !== null && kind !== "";
    this.ask();
  }

  // Cards came into view, or their scale is another.
  ask(): void {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      if (this.inspector && !this.ends.length) this.connect(this.inspector);
      this.paint();
    });
  }

  private paint(): void {
    for (const [id, { of, over }] of this.canvases) {
      if (this.isShown && this.overview.cards.get(id)?.maps === of) continue;
      over.remove();
      this.canvases.delete(id);
    }
    if (!this.isShown) return;
    for (const [id, card] of this.overview.cards) if (card.seen) this.paintCard(id, card);
    this.cut();
  }

  private paintCard(id: string, card: MapsCard): void {
    const { moment, overview, editor } = this, over = this.canvasOver(id, card), maps = moment?.nodes.get(card.params.address);
    if (moment && maps && String(maps.shape) === String(card.params.shape)) paintMaps(over, maps, card.params, card.grid, overview.tints.of(maps, card.params, moment, overview.moment), editor.state.look);
    else over.width = over.height = 1;
  }

  private canvasOver(id: string, { maps }: MapsCard): HTMLCanvasElement {
    const known = this.canvases.get(id);
    if (known) return known.over;
    const over = document.createElement("canvas");
    over.className = "maps beside";
    over.ariaHidden = "true";
    over.style.cssText = maps.style.cssText;
    maps.after(over);
    this.canvases.set(id, { of: maps, over });
    return over;
  }

  private cut(): void {
    const box = this.editor.stage?.getBoundingClientRect(), swipe = this.inspector?.swipe;
    if (!box || !swipe || !this.canvases.size) return;
    const at = box.left + swipe.share * box.width, places = [...this.canvases.values()].map(({ over }) => {
      const { left, width } = over.getBoundingClientRect();
      return { over, share: Math.min(1, Math.max(0, (at - left) / (width || 1))) };
    });
    for (const { over, share } of places) over.style.clipPath = swipe.isLeft ? `inset(0 ${100 * (1 - share)}% 0 0)` : `inset(0 0 0 ${100 * share}%)`;
  }

  end(): void {
    cancelAnimationFrame(this.due);
    for (const end of this.ends) end();
    for (const { over } of this.canvases.values()) over.remove();
    this.canvases.clear();
  }
}
