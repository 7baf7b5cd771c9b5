// The maps of a whole network: asked for at every change of what is looked at, painted in place, pointed at. No answer
// passes through React; it is painted once the browser is about to draw, and only on cards that can be seen.

import type { Look, Picture } from "../contract";
import type { Editor } from "../editor";
import type { FlowNode } from "../flow";
import { BesideMaps } from "./beside";
import { type Grid, gridOf, type MapsParams, readMapsParams } from "./grid";
import { type Answer, type Inspector, type InspectorLook, type InspectorStore, whenThere } from "./inspector";
import { type Lit, LinkReader, type Spot } from "./links";
import { clearMarks, paintMarks } from "./marks";
import { type Moment, readMoment, strongestUnit, unitAt } from "./moment";
import { type Overlay, type Scale, scaleOf, shareOf, textOf } from "./overlays";
import { clearMaps, paintMaps } from "./paint";
import { Tints, type TintKind } from "./tints";

// Everything that Python sends once: see picture.py and packing.py.
export interface Levels {
  pictures: Record<string, Picture>;
  inside: string;
  overlays: Overlay[];
  file_name: string;
  diverging: string[];
  sequential: string[];
  background: string;
  text: string;
}

export interface MapsCard {
  element: HTMLElement;
  maps: HTMLCanvasElement;
  marks: HTMLCanvasElement;
  number: HTMLElement;
  bar: HTMLElement;
  params: MapsParams;
  grid: Grid;
  seen: boolean;
}

const PROBE = "overview", NONE = "none", FOLLOWED = ["run", "step", "input", "changes", "against", "shown", "inside"];

export class Overview {
  levels: Levels | null = null;
  moment: Moment | null = null;
  store: InspectorStore | null = null;
  overlay = NONE;
  readonly tints = new Tints();
  readonly cards = new Map<string, MapsCard>();
  onPaint: (() => void) | null = null;                          // what repeats the numbers in words
  onPoint: ((spot: Spot | null, at: { x: number; y: number }) => void) | null = null;  // the tip
  onLegend: (() => void) | null = null;
  readonly beside: BesideMaps;
  private edges = new Map<string, SVGElement>();
  private links: { nodes: readonly FlowNode[]; reader: LinkReader } | null = null;
  private spot: Spot | null = null;
  private asked: unknown[] = [];
  private refused = "";                                         // the number that there is none of here
  private stops: (() => void)[] = [];
  private due = 0;
  private observer = new IntersectionObserver((entries) => this.see(entries));

  constructor(private editor: Editor) {
    this.beside = new BesideMaps(editor, this);
  }

  // ---- what is looked at

  take(levels: Levels | null): void {
    const first = levels !== null && this.levels === null;
    this.levels = levels;
    if (first) this.stops.push(whenThere((inspector) => this.follow(inspector)));
  }

  // The picture of the block that is walked into, where it is here already.
  pictureOf(sent: Picture): Picture {
    const inside = this.store?.look.run ? this.store.look.inside : this.levels?.inside ?? "";
    return this.levels?.pictures[inside] ?? sent;
  }

  enter(address: string): void {
    this.point(null);
    this.store?.set({ inside: address });
  }

  // Back to this step of the way.
  leaveTo(depth: number): void {
    this.enter((this.store?.look.inside ?? "").split(".").slice(0, depth).join("."));
  }

  // The operation of one unit: that of the cell at a point of the card, else the strongest of the map, or of all.
  openUnit(id: string, map: number | null = null, at: { row: number; column: number } | null = null): void {
    const address = this.cards.get(id)?.params.address ?? "", maps = this.moment?.nodes.get(address);
    if (!this.store || !maps) return;
    const shown = [...Array(maps.values.shape[0]).keys()], peak = (one: number) => Math.max(...[0, 1].map((i) => Math.abs(maps.ranges.data[2 * one + i])));
    const chosen = map ?? shown.reduce((best, one) => (peak(one) > peak(best) ? one : best), 0);
    this.store.set({ node: address, unit: at ? unitAt(maps, chosen, at.row, at.column) : strongestUnit(maps, chosen) });
    this.store.open("operation");
  }

  choose(overlay: string): void {
    this.overlay = overlay;
    this.refused = "";
    this.asked = [];
    if (this.store) this.refollow(this.store);
    this.ask();
  }

  tint(kind: TintKind): void {
    this.tints.choose(kind);
    if (this.moment) this.tints.meet(this.moment);
    this.ask();
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.unfollow();
    this.beside.end();
    this.observer.disconnect();
    cancelAnimationFrame(this.due);
  }

  private unfollow = (): void => {};

  private follow(inspector: Inspector): void {
    const store = this.store = inspector.store;
    this.stops.push(store.watch((_look, changed) => {
      if (!changed.includes("inside") && !changed.includes("run")) return;
      this.forget();
      if (changed.includes("run")) this.tints.choose(this.tints.kind);  // its own scales are to be kept, not the other run's
      this.editor.showLevel();
    }));
    this.editor.showLevel();
    this.refollow(store);
    this.beside.begin(inspector);
  }

  private refollow(store: InspectorStore): void {
    this.unfollow();
    this.unfollow = store.follow(PROBE, () => this.question(store), (answer, look) => this.receive(answer, look), () => { this.asked = []; });
  }

  // What is painted belongs elsewhere.
  private forget(): void {
    this.moment = null;
    this.ask();
  }

  private reasons(look: InspectorLook): unknown[] {
    return [...FOLLOWED.map((key) => look[key]), this.overlay];
  }

  // Null where nothing changed that the maps hang on.
  private question(store: InspectorStore): object | null {
    const now = this.reasons(store.look);
    if (now.every((value, i) => value === this.asked[i])) return null;
    this.asked = now;
    return { quantity: this.refused === this.overlay ? NONE : this.overlay };
  }

  private receive(answer: Answer, asked: InspectorLook): void {
    this.asked = this.reasons(asked);  // what changed meanwhile is asked for next
    const { run, inside } = this.store!.look;
    if (asked.run !== run || asked.inside !== inside) return;
    const moment = readMoment(answer.results), isWhole = this.refused !== this.overlay || !moment;
    if (isWhole) this.editor.store.set({ notice: answer.sentence });
    if (!moment && this.overlay !== NONE && this.refused !== this.overlay) this.askWithout();
    if (!moment) return;
    this.moment = moment;
    this.tints.meet(moment);
    this.ask();
  }

  // The maps without the number that there is none of here; the sentence about it stays.
  private askWithout(): void {
    this.refused = this.overlay;
    this.asked = [];
    if (this.store) this.refollow(this.store);
  }

  // ---- cards and edges

  addCard(id: string, card: Pick<MapsCard, "element" | "maps" | "marks" | "number" | "bar">, node: { params: Record<string, unknown> }): () => void {
    const params = readMapsParams(node.params);
    this.cards.set(id, { ...card, params, grid: gridOf(params), seen: false });
    this.observer.observe(card.element);
    return () => {
      this.observer.unobserve(card.element);
      if (this.cards.get(id)?.element === card.element) this.cards.delete(id);
    };
  }

  addEdge(id: string, path: SVGElement): () => void {
    this.edges.set(id, path);
    return () => { if (this.edges.get(id) === path) this.edges.delete(id); };
  }

  // ---- painting

  ask(): void {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.paint();
    });
  }

  scale(): Scale | null {
    const values = this.moment?.numbers.get(this.overlay), overlay = this.overlayOf();
    return values && overlay ? scaleOf(values.values(), overlay) : null;
  }

  overlayOf(): Overlay | undefined {
    return this.levels?.overlays.find((one) => one.name === this.overlay);
  }

  private see(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      for (const card of this.cards.values()) if (card.element === target) card.seen = isIntersecting;
    }
    this.ask();
  }

  private paint(): void {
    const { moment, editor: { state: { look } } } = this, overlay = this.overlayOf(), scale = this.scale();
    const values = moment?.numbers.get(this.overlay);
    for (const card of this.cards.values()) {
      if (!card.seen) continue;
      this.paintCard(card, moment, look);
      const value = values?.get(card.params.address);
      card.number.textContent = overlay ? textOf(value, overlay) : "";
      card.bar.style.width = scale ? `${(100 * shareOf(value, scale)).toFixed(1)}%` : "0";
    }
    if (this.spot) this.mark(this.spot);
    this.beside.ask();
    this.onPaint?.();
    this.onLegend?.();
  }

  // A card waits until there are maps of its own: another run's node of the same name may have others.
  private paintCard(card: MapsCard, moment: Moment | null, look: Look): void {
    const maps = moment?.nodes.get(card.params.address), isOwn = maps && String(maps.shape) === String(card.params.shape);
    card.element.ariaBusy = String(!moment || (maps !== undefined && !isOwn));
    if (moment && isOwn) paintMaps(card.maps, maps, card.params, card.grid, this.tints.of(maps, card.params, moment, this.beside.moment), look);
    else clearMaps(card.maps, card.grid);
  }

  // ---- what is pointed at

  // By the mouse: the tip is beside it.
  pointWith({ clientX, clientY }: { clientX: number; clientY: number }, id: string, map: number | null): void {
    const box = this.editor.stage?.getBoundingClientRect();
    this.point(map === null ? null : { id, map }, box && { x: clientX - box.left, y: clientY - box.top });
  }

  point(spot: Spot | null, at = { x: 0, y: 0 }): void {
    if (spot?.id === this.spot?.id && spot?.map === this.spot?.map) return;
    this.spot = spot;
    if (spot) this.mark(spot);
    else this.unmark();
    this.onPoint?.(spot, at);
  }

  around(spot: Spot): Lit {
    const { nodes, edges } = this.editor.state;
    if (this.links?.nodes !== nodes) this.links = { nodes, reader: new LinkReader(nodes, edges) };
    return this.links.reader.around(spot);
  }

  private mark(spot: Spot): void {
    const lit = this.around(spot), { accent } = this.editor.state.look;
    for (const [id, card] of this.cards) {
      const own = id === spot.id, maps = lit.maps.get(id);
      card.element.classList.toggle("lit", own || maps !== undefined);
      if (own) paintMarks(card, new Set([spot.map]), accent, false);
      else if (maps !== undefined) paintMarks(card, maps, accent, true);
      else clearMarks(card);
    }
    for (const [id, path] of this.edges) path.classList.toggle("lit", lit.edges.has(id));
    this.editor.stage?.classList.add("pointing");
  }

  private unmark(): void {
    this.editor.stage?.classList.remove("pointing");
    for (const card of this.cards.values()) {
      clearMarks(card);
      card.element.classList.remove("lit");
    }
    for (const path of this.edges.values()) path.classList.remove("lit");
  }
}
