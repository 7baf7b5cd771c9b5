// What the person points at, by mouse or by keyboard, in words; and the weight that they are about to change.

import type { Editor } from "../editor";
import type { FlowNode } from "../flow";
import { fill, numberText } from "../numbers";
import { selectedIds } from "../state";

// An edge or a unit; `at` is where, in pixels of the stage.
export interface Pointed {
  kind: "edge" | "node";
  id: string;
  at: { x: number; y: number };
}

export const TIP_MARGIN = 14;

// What the mouse is on, else what the keys have selected.
export function pointedAt(editor: Editor): Pointed | null {
  const { pointed, edges } = editor.state;
  if (pointed) return pointed;
  const edge = edges.find((one) => one.selected);
  if (edge) return { kind: "edge", id: edge.id, at: centerOf(editor, "edge", edge.id) };
  const id = selectedIds(editor.state).at(-1);
  return id === undefined ? null : { kind: "node", id, at: centerOf(editor, "node", id) };
}

export function wordsOf(editor: Editor, { kind, id }: Pointed): string {
  return kind === "edge" ? edgeWords(editor, id) : nodeWords(editor, id);
}

function edgeWords(editor: Editor, id: string): string {
  const { edges, words } = editor.state, edge = edges.find((one) => one.id === id);
  const found = editor.alive.weightOf(id);
  if (!edge || !found) return "";
  return fill(words.weight_is, {
    layer: found.layer.parameter.replace(/\.\w+$/, ""), source: labelOf(editor, edge.source), target: labelOf(editor, edge.target),
    value: numberText(found.value),
  });
}

function nodeWords(editor: Editor, id: string): string {
  const { words } = editor.state, { frame } = editor.alive, params = paramsOf(editor, id);
  const grid = frame?.grids.get(String(params?.address)), unit = Number(params?.unit);
  if (!grid || !(unit < grid.values.shape[0])) return "";
  const [, height, width] = grid.values.shape, pixels = height * width;
  let low = Infinity, high = -Infinity;
  for (let i = unit * pixels; i < (unit + 1) * pixels; i++) {
    low = Math.min(low, grid.values.data[i]);
    high = Math.max(high, grid.values.data[i]);
  }
  const layer = [...frame!.layers.values()].find((one) => one.target === params!.address && unit < one.bias.data.length);
  const values = { address: String(params!.address), unit: labelOf(editor, id), low: numberText(low), high: numberText(high) };
  return layer ? fill(words.unit_with_bias, { ...values, bias: numberText(layer.bias.data[unit]) }) : fill(words.unit_is, values);
}

function paramsOf(editor: Editor, id: string): FlowNode["data"]["params"] | undefined {
  return editor.state.nodes.find((node) => node.id === id)?.data.params;
}

function labelOf(editor: Editor, id: string): string {
  return String(paramsOf(editor, id)?.label ?? id);
}

function centerOf(editor: Editor, kind: Pointed["kind"], id: string): { x: number; y: number } {
  const box = editor.stage?.getBoundingClientRect();
  const found = editor.stage?.querySelector(`.react-flow__${kind}[data-id="${CSS.escape(id)}"]`)?.getBoundingClientRect();
  return box && found
    ? { x: found.left + found.width / 2 - box.left, y: found.top + found.height / 2 - box.top } : { x: 0, y: 0 };
}

export function pointWith(editor: Editor, kind: Pointed["kind"], id: string, event: { clientX: number; clientY: number }): void {
  const box = editor.stage?.getBoundingClientRect();
  if (!box || !editor.state.picture.live) return;
  editor.store.set({ pointed: { kind, id, at: { x: event.clientX - box.left, y: event.clientY - box.top } } });
}

// Opens the field for the weight of this edge, where it may be changed.
export function beginWeight(editor: Editor, pointed: Pointed | null): boolean {
  const { live } = editor.state.picture;
  if (!live?.takes_weights || pointed?.kind !== "edge" || !editor.alive.weightOf(pointed.id)) return false;
  editor.store.set({ weighing: pointed });
  return true;
}

export function endWeight(editor: Editor): void {
  editor.store.set({ weighing: null, pointed: null });
  editor.stage?.focus({ preventScroll: true });
}

export function sendWeight(editor: Editor, id: string, typed: string): void {
  const value = Number(typed), found = editor.alive.weightOf(id);
  if (typed.trim() === "" || !Number.isFinite(value) || !found) return;
  const { layer: { parameter }, source, target } = found;
  editor.send({ kind: "set_weight", parameter, source, target, value });
  endWeight(editor);
}
