// What a person can ask for, by button, key or mouse.

import type { Kind } from "./contract";
import { addAt, addBehind, addOnEdge, remove } from "./edits";
import type { Editor } from "./editor";
import { copySelected, pasted } from "./clipboard";
import { cardHeight, CARD_WIDTH } from "./card_size";
import { edgeUnder, isOverStage, type Spot } from "./pointer";
import { selectedIds } from "./state";

export function addToSelected(editor: Editor, kind: Kind): void {
  const selected = selectedIds(editor.state);
  const done = editor.edit(addBehind(editor.graph, kind, selected.length === 1 ? selected[0] : null));
  if (done) editor.say("added_node", { id: selectedIds(editor.state)[0] });
}

export function dropKind(editor: Editor, kind: Kind, spot: Spot): void {
  if (!editor.flow || !isOverStage(editor, spot)) return;
  const edge = kind.inputs.length ? edgeUnder(editor, spot, null) : null;
  const { x, y } = editor.flow.screenToFlowPosition(spot);
  const height = cardHeight(kind, -1, editor.state.picture.preview);
  const at: [number, number] = [Math.round(x - CARD_WIDTH / 2), Math.round(y - height / 2)];
  const result = edge ? addOnEdge(editor.graph, kind, edge, at) : addAt(editor.graph, kind, at, editor.state.automatic);
  if (editor.edit(result, spot)) editor.say("added_node", { id: selectedIds(editor.state)[0] });
}

export function removeSelected(editor: Editor): void {
  const ids = new Set(selectedIds(editor.state));
  const edges = new Set(editor.state.edges.filter((edge) => edge.selected).map((edge) => edge.id));
  if (!ids.size && !edges.size) return;
  if (editor.edit(remove(editor.graph, ids, edges))) editor.say("removed", { count: ids.size + edges.size });
}

export function duplicateSelected(editor: Editor): void {
  const copied = copySelected(editor);
  if (!copied.nodes.length) return;
  if (editor.edit(pasted(editor.graph, copied))) editor.say("pasted", { count: copied.nodes.length });
}

export function selectAll(editor: Editor): void {
  editor.select(editor.state.nodes.map((node) => node.id));
}

export function groupSelected(editor: Editor): void {
  const nodes = selectedIds(editor.state);
  if (nodes.length && editor.state.picture.editable) editor.send({ kind: "group", nodes });
}

// The selected node where exactly one is; `opens` asks for one that is made of others.
export function onlySelected(editor: Editor, opens = false): string | null {
  const chosen = editor.state.nodes.filter((node) => node.selected);
  return chosen.length === 1 && (!opens || chosen[0].data.kind.opens) ? chosen[0].id : null;
}

export function askFor(editor: Editor, kind: "ungroup" | "keep" | "output"): void {
  const node = onlySelected(editor, kind !== "output");
  if (node && (editor.state.picture.editable || kind === "keep")) editor.send({ kind, node });
}

export function openNode(editor: Editor, id: string): void {
  const { nodes, picture } = editor.state, node = nodes.find((one) => one.id === id);
  if (picture.follows && node?.data.kind.opens) editor.overview.enter(String(node.data.params.address));
  else if (!picture.live && node?.data.kind.opens) editor.send({ kind: "open", node: id });
}

// By key: a block is opened; a layer of a network of maps shows its operation.
export function enterNode(editor: Editor, id: string): void {
  const isLayer = editor.state.nodes.some((node) => node.id === id && !node.data.kind.opens);
  if (isLayer && editor.state.picture.follows) editor.overview.openUnit(id);
  else openNode(editor, id);
}

export function leave(editor: Editor): void {
  const { crumbs } = editor.state.picture;
  if (crumbs.length > 1) leaveTo(editor, crumbs.length - 2);
}

export function leaveTo(editor: Editor, depth: number): void {
  if (editor.state.picture.follows) editor.overview.leaveTo(depth);
  else editor.send({ kind: "leave", depth });
}

export function step(editor: Editor, kind: "undo" | "redo"): void {
  const { can_undo, can_redo, editable } = editor.state.picture;
  if (editable && (kind === "undo" ? can_undo : can_redo)) editor.send({ kind });
}

export function zoomBy(editor: Editor, factor: number): void {
  editor.fitted = false;
  void editor.flow?.zoomTo(editor.flow.getZoom() * factor);
}

// At once; Python's next picture says the same.
export function showPreview(editor: Editor, on: boolean): void {
  editor.store.set({ picture: { ...editor.state.picture, preview: on } });
  editor.layOutAnew();
  editor.send({ kind: "show_preview", on });
}
