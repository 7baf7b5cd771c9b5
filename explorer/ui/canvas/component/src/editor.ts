// The editor: holds the graph while it is edited, receives pictures from Python and sends edits back.

import type { ReactFlowInstance } from "@xyflow/react";
import type { CanvasData, DrawnNode, Kind, Message, Picture, Point, Problem } from "./contract";
import { type Edit, isProblem } from "./edits";
import { SummaryReader, findKind, shapeOf, totals, unknownKind } from "./summaries";
import { type FlowEdge, type FlowNode, toFlowEdges, toFlowNodes, toGraph } from "./flow";
import { edgeId, type Graph } from "./graph";
import { layOut, placeMissing, type Room, routeEdges, type Spacing } from "./layout";
import { Alive } from "./live/alive";
import { Overview } from "./maps/overview";
import { fill } from "./numbers";
import { Outbox } from "./outbox";
import { firstState, selectedIds, type State } from "./state";
import { same, Store } from "./store";
import {
  boundsOf, centeredView, firstViewOf, fits, innerRoom, isInView, MAPS_LEAST_ZOOM, marginsOf, MAX_ZOOM, MIN_ZOOM, spacingOf, type View, viewOf, viewOfMaps, viewThatShows,
  wordsHeight,
} from "./view";

const HINT_MS = 4000, REMARK_HEIGHT = 34;

export class Editor {
  readonly store: Store<State>;
  readonly outbox = new Outbox();
  readonly alive: Alive;
  readonly overview = new Overview(this);
  flow: ReactFlowInstance<FlowNode, FlowEdge> | null = null;
  stage: HTMLElement | null = null;
  fitted = true;        // the person has not moved the view since it showed everything
  held = false;         // a button is down: the selection is sent when it is up
  private reader = new SummaryReader();
  private sentSelection = "";
  private spaced = "";  // what the layout left free
  private hintEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(data: CanvasData, private firstRoom: Room) {
    this.store = new Store(firstState(data));
    this.alive = new Alive(data.look);
  }

  get state(): State {
    return this.store.state;
  }

  get graph(): Graph {
    return toGraph(this.state.nodes, this.state.edges);
  }

  // ---- from Python

  receive(data: CanvasData): void {
    this.outbox.acknowledge(data.instance, data.acknowledged);
    const { words, look, shelves, overlays } = this.state;
    this.store.set({
      heightPx: data.height_px, words: same(words, data.words), look: same(look, data.look), shelves: same(shelves, data.shelves),
      overlays: same(overlays, data.levels?.overlays ?? []),
    });
    this.overview.take(data.levels ?? null);
    this.draw(this.overview.pictureOf(data.picture));
    if (look !== this.state.look) this.overview.ask();
  }

  // Another block of a network of maps was walked into.
  showLevel(): void {
    this.draw(this.overview.pictureOf(this.state.picture));
  }

  private draw(picture: Picture): void {
    const { picture: before } = this.state, summaries = this.reader.read(picture);
    this.store.set({ picture, summaries, totals: totals(summaries.values()) });
    if (before.revision !== picture.revision) this.adopt(picture, before);
    else this.overlay(picture, before);
    this.alive.follow(picture.live?.run_id || null, this.state.look);
    if (picture.preview_due) requestAnimationFrame(() => setTimeout(() => this.askForPreview()));
  }

  // once everything else is drawn
  private askForPreview(): void {
    if (this.state.picture.preview_due && !this.outbox.holds("preview")) this.send({ kind: "preview" });
  }

  private adopt(picture: Picture, before: Picture): void {
    const known = new Set(picture.nodes.map((node) => node.id));
    const params = new Map(this.state.nodes.map(({ id, data }) => [id, data.params]));
    const graph: Graph = {
      nodes: picture.nodes.map((node) => (
        { ...node, params: same(params.get(node.id), node.params)!, kind: this.kindOf(node) }
      )),
      edges: picture.edges.filter((edge) => known.has(edge.source) && known.has(edge.target))
        .map(({ change, ...ends }) => ({ ...ends, change: change ?? null })),
    };
    const kept = picture.selected.length ? picture.selected : selectedIds(this.state).filter((id) => known.has(id));
    const elsewhere = picture.crumbs.length !== before.crumbs.length || !this.state.nodes.some(({ id }) => known.has(id));
    if (elsewhere) this.fitted = true;
    this.show(graph, picture.nodes.every((node) => !node.at), kept);
    this.sentSelection = picture.selected.join();
    if (elsewhere) this.begin();
    else this.keepInView(kept);
    this.sendSelection();
  }

  private overlay(picture: Picture, before: Picture): void {
    const change = new Map(picture.edges.map((edge) => [edgeId(edge), edge.change ?? null]));
    const edges = this.state.edges.map((edge) => {
      const now = change.get(edge.id) ?? null;
      return now === edge.data!.change ? edge : { ...edge, data: { ...edge.data!, change: now } };
    });
    if (edges.some((edge, i) => edge !== this.state.edges[i])) this.store.set({ edges });
    const params = new Map(picture.nodes.map((node) => [node.id, node.params]));
    const nodes = this.state.nodes.map((node) => {
      const now = same(node.data.params, params.get(node.id) ?? node.data.params);
      return now === node.data.params ? node : { ...node, data: { ...node.data, params: now } };
    });
    if (nodes.some((node, i) => node !== this.state.nodes[i])) this.store.set({ nodes });
    const { graph } = this, respaced = this.state.automatic && !this.held && this.spaced !== this.asksFor(graph);
    if (picture.preview !== before.preview || respaced) this.show(graph, this.state.automatic, selectedIds(this.state));
    if (picture.preview !== before.preview && this.fitted) this.begin();
    else if (this.fitted) this.keepInView(selectedIds(this.state));  // problems take room, too
  }

  private kindOf(node: DrawnNode): Kind {
    return this.reader.intern(this.state.summaries.get(node.id)?.kind ?? findKind(this.state, node.block, node.params) ?? unknownKind(node.block));
  }

  // ---- edits

  // Makes the edit, or shows why not; `at` is where the person points, in pixels of the window.
  edit(result: Edit | Problem, at: { x: number; y: number } | null = null): boolean {
    if (!this.state.picture.editable) return false;
    if (isProblem(result)) {
      this.hint(result.message, at);
      return false;
    }
    const selected = result.selected ?? selectedIds(this.state);
    this.show(result.graph, this.state.automatic && !result.byHand, selected);
    this.sendGraph(result.closing ?? []);
    this.keepInView(result.selected ?? []);
    return true;
  }

  sendGraph(closing: [string, string, number][] = []): void {
    const { nodes, edges, automatic, picture } = this.state;
    const selected = selectedIds(this.state);
    this.sentSelection = selected.join();
    this.send({
      kind: "graph", revision: picture.revision, closing, selected,
      nodes: nodes.map(({ id, data, position }) => (
        { id, block: data.block, params: data.params, at: automatic ? null : [position.x, position.y] }
      )),
      edges: edges.map(({ source, target, data }) => ({ source, source_port: data!.source_port, target, port: data!.port })),
    });
  }

  // The graph on the canvas: laid out where nobody has placed a node, completed where some have no place.
  private show(graph: Graph, automatic: boolean, selected: readonly string[]): void {
    const { preview } = this.state.picture;
    const complete = automatic ? graph : placeMissing(graph, preview);
    const layout = automatic ? layOut(graph, preview, innerRoom(this.room(), marginsOf(this.state.picture)), this.spacing(graph)) : routeEdges(complete, preview);
    this.spaced = this.asksFor(graph);
    const placed = { ...graph, nodes: complete.nodes.map((node) => ({ ...node, at: layout.places.get(node.id)! })) };
    this.store.set({
      automatic, dropEdge: null, connecting: null,
      nodes: toFlowNodes(placed, this.state.nodes, new Set(selected), preview),
      edges: toFlowEdges(placed, this.state.edges, layout),
    });
  }

  private spacing(graph: Graph): Spacing {
    const { summaries, picture } = this.state;
    const labels = graph.edges.map((edge) => shapeOf(summaries.get(edge.source), edge.source_port) ?? "");
    return { ...spacingOf(picture, labels), wordsBelow: this.wordsBelow };
  }

  private asksFor(graph: Graph): string {
    return JSON.stringify([this.spacing(graph).gap, graph.nodes.map(({ id }) => this.wordsBelow(id))]);
  }

  private wordsBelow = (id: string): number => wordsHeight(this.state.summaries.get(id)?.problems);

  // While its ends move, an edge takes the straight way.
  straighten(moved: ReadonlySet<string>): void {
    this.store.set({
      edges: this.state.edges.map((edge) => (
        (moved.has(edge.source) || moved.has(edge.target)) && (edge.data!.route || edge.data!.fold)
          ? { ...edge, data: { ...edge.data!, route: undefined, fold: undefined } } : edge
      )),
    });
  }

  // After a drag: from now on every place is the person's choice.
  placeByHand(): void {
    const { nodes } = this.state;
    const round = (node: FlowNode): Point => [Math.round(node.position.x), Math.round(node.position.y)];
    const graph = this.graph;
    this.show({ ...graph, nodes: graph.nodes.map((node, i) => ({ ...node, at: round(nodes[i]) })) }, false,
              selectedIds(this.state));
    this.sendGraph();
  }

  layOutAnew(): void {
    this.show(this.graph, this.state.automatic, selectedIds(this.state));
    if (this.fitted) this.begin();
  }

  tidy(): void {
    this.show(this.graph, true, selectedIds(this.state));
    this.begin();
    this.send({ kind: "tidy" });
  }

  send(message: Message): void {
    this.outbox.put(message);
  }

  // ---- selection

  select(ids: readonly string[]): void {
    const chosen = new Set(ids);
    this.store.set({
      nodes: this.state.nodes.map((node) => (
        Boolean(node.selected) === chosen.has(node.id) ? node : { ...node, selected: chosen.has(node.id) }
      )),
      edges: this.state.edges.map((edge) => (edge.selected ? { ...edge, selected: false } : edge)),
    });
    this.sendSelection();
    this.keepInView(ids);
  }

  sendSelection(): void {
    const ids = selectedIds(this.state), now = ids.join();
    if (this.held || now === this.sentSelection || this.state.picture.live || this.state.picture.follows) return;
    this.sentSelection = now;
    this.send({ kind: "select", nodes: ids });
  }

  // ---- what the person sees and hears

  say(word: string, values: Record<string, string | number> = {}): void {
    this.store.set({ said: fill(this.state.words[word] ?? word, values) });
  }

  hint(words: string, at: { x: number; y: number } | null = null): void {
    const box = this.stage?.getBoundingClientRect();
    this.store.set({ said: words, hint: { words, at: at && box ? { x: at.x - box.left, y: at.y - box.top } : null } });
    clearTimeout(this.hintEnds);
    this.hintEnds = setTimeout(() => this.store.set({ hint: null }), HINT_MS);
  }

  // Of the stage, but for the remark at its lower end.
  room(): Room {
    const { clientWidth, clientHeight } = this.stage ?? { clientWidth: 0, clientHeight: 0 };
    const { width, height } = clientWidth && clientHeight ? { width: clientWidth, height: clientHeight } : this.firstRoom;
    return { width, height: this.state.picture.remark ? height - REMARK_HEIGHT : height };
  }

  // Everything, however small.
  fit(): void {
    this.fitted = true;
    this.move(this.viewOfAll(viewOf, MIN_ZOOM));
  }

  // As much of the beginning as can be read.
  private begin(): void {
    this.fitted = true;
    this.move(this.viewOfAll(firstViewOf, MAPS_LEAST_ZOOM));
  }

  // A live picture always lies in the middle; units may be shown larger than they are, cards not.
  private viewOfAll(usual: typeof viewOf, leastOfMaps: number): View {
    const { nodes, look, picture } = this.state, bounds = boundsOf(nodes, this.wordsBelow);
    if (picture.follows) return viewOfMaps(bounds, this.room(), leastOfMaps);
    if (!picture.live) return usual(bounds, this.room(), look.scale);
    return centeredView(bounds, this.room(), nodes.some((node) => node.type === "unit") ? MAX_ZOOM : look.scale);
  }

  private keepInView(ids: readonly string[]): void {
    if (!this.flow) return;
    const bounds = boundsOf(this.state.nodes, this.wordsBelow);
    if (!this.fitted || !this.state.automatic || !fits(bounds, this.room())) this.reveal(ids);
    else if (!isInView(bounds, this.flow.getViewport(), this.room())) this.begin();
  }

  reveal(ids: readonly string[]): void {
    const wanted = this.state.nodes.filter((node) => ids.includes(node.id));
    if (wanted.length && this.flow) this.move(viewThatShows(boundsOf(wanted, this.wordsBelow), this.flow.getViewport(), this.room()));
  }

  private move(view: View): void {
    void this.flow?.setViewport(view);
  }

  close(): void {
    clearTimeout(this.hintEnds);
    this.alive.close();
    this.overview.close();
    this.outbox.close();
  }
}
