// What is painted while a run trains: the canvases of nodes and the paths of edges, changed in place. No frame passes
// through React; a frame is read and painted once the browser is about to draw, and only what can be seen.

import type { Look } from "../contract";
import { type Frame, layerKey, type Layer, readFrame, type View, watch } from "./frames";
import { clear, paintBlock, paintUnit } from "./maps";

// A unit of a column; without `unit` the block of that address.
export interface Place {
  address: string;
  unit: number | null;
  isSample: boolean;
}

interface Node {
  canvas: HTMLCanvasElement;
  place: Place;
  seen: boolean;
}

interface Edge {
  path: SVGPathElement;
  source: Place;
  target: Place;
  drawn: string;
}

const THINNEST = 0.5, THICKEST = 6.5, FULL_WEIGHT = 3;  // the magnitude from which an edge is at its thickest
const PALEST = 0.3;

export class Alive {
  onPaint: (() => void) | null = null;  // what shows a number of the frame
  private nodes = new Map<Element, Node>();
  private edges = new Map<string, Edge>();
  private runId: string | null = null;
  private stop: (() => void) | undefined;
  private view: View | null = null;
  private read: { view: View; frame: Frame } | null = null;
  private due = 0;
  private seen = new IntersectionObserver((entries) => this.see(entries));

  constructor(private look: Look) {}

  follow(runId: string | null, look: Look): void {
    if (look !== this.look) this.ask();
    this.look = look;
    if (runId === this.runId) return;
    this.stop?.();
    this.runId = runId;
    this.view = this.read = null;
    this.clear();
    this.stop = runId === null ? undefined : watch(runId, (view) => this.receive(view));
  }

  addNode(canvas: HTMLCanvasElement, place: Place): () => void {
    this.nodes.set(canvas, { canvas, place, seen: false });
    this.seen.observe(canvas);
    return () => {
      this.seen.unobserve(canvas);
      this.nodes.delete(canvas);
    };
  }

  addEdge(id: string, path: SVGPathElement, source: Place, target: Place): () => void {
    this.edges.set(id, { path, source, target, drawn: "" });
    this.ask();
    return () => this.edges.delete(id);
  }

  get frame(): Frame | null {
    if (this.view && this.read?.view !== this.view) this.read = { view: this.view, frame: readFrame(this.view) };
    return this.read?.frame ?? null;
  }

  // The layer of an edge and the edge's weight in it.
  weightOf(id: string): { layer: Layer; source: number; target: number; value: number } | null {
    const edge = this.edges.get(id), frame = this.frame;
    if (!edge || !frame) return null;
    const layer = frame.layers.get(layerKey(edge.source.address, edge.target.address));
    const source = edge.source.unit!, target = edge.target.unit!;
    if (!layer || target >= layer.weight.shape[0] || source >= layer.weight.shape[1]) return null;
    return { layer, source, target, value: layer.weight.data[target * layer.weight.shape[1] + source] };
  }

  close(): void {
    this.stop?.();
    this.seen.disconnect();
    cancelAnimationFrame(this.due);
  }

  private receive(view: View): void {
    if (view === this.view) return;
    this.view = view;
    this.ask();
  }

  private see(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const node = this.nodes.get(target);
      if (node) node.seen = isIntersecting;
    }
    this.ask();
  }

  private ask(): void {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { frame } = this, seen = [...this.nodes.values()].filter((node) => node.seen);
    if (!frame || !seen.length) return;
    for (const { canvas, place } of seen) {
      const grid = frame.grids.get(place.address);
      if (!grid) continue;
      if (place.unit === null) paintBlock(canvas, grid, place.isSample, this.look);
      else paintUnit(canvas, grid, place.unit, this.look);
    }
    for (const [id, edge] of this.edges) {
      const found = this.weightOf(id);
      if (found) draw(edge, found.value);
    }
    this.onPaint?.();
  }

  private clear(): void {
    for (const { canvas } of this.nodes.values()) clear(canvas);
    for (const edge of this.edges.values()) {
      edge.drawn = "";
      edge.path.removeAttribute("data-sign");
      edge.path.removeAttribute("style");
    }
    this.onPaint?.();
  }
}

// Thickness is the magnitude, the same in every layer and at every step; color and dashes are the sign.
function draw(edge: Edge, weight: number): void {
  const share = Math.min(1, Math.abs(weight) / FULL_WEIGHT) || 0;
  const width = (THINNEST + (THICKEST - THINNEST) * share).toFixed(1), sign = weight < 0 ? "negative" : "positive";
  const drawn = Number.isFinite(weight) ? `${sign} ${width}` : "none";
  if (drawn === edge.drawn) return;
  edge.drawn = drawn;
  if (edge.path.dataset.sign !== sign) edge.path.dataset.sign = drawn === "none" ? drawn : sign;
  edge.path.style.strokeWidth = width;
  edge.path.style.strokeOpacity = (PALEST + (1 - PALEST) * share).toFixed(2);
}
