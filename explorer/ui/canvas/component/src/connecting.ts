// A connection made by keyboard: C at the source, arrows to the target, a number for its input, O for another output
// of the source, Enter.

import { checkConnection, connect } from "./edits";
import type { Editor } from "./editor";
import { edgesFrom, edgesInto, type GraphNode, nodeOf, portCount, portFor, portName } from "./graph";
import { onlySelected } from "./actions";
import { fill } from "./numbers";
import type { Connecting } from "./state";

export function beginConnecting(editor: Editor): void {
  const source = onlySelected(editor);
  if (!source || !editor.state.picture.editable) {
    editor.hint(editor.state.words.select_source);
    return;
  }
  const { graph, state: { words } } = editor;
  const [x, y] = nodeOf(graph, source)!.at!;
  // the nearest first; what lies before the source, and what it feeds already, at the end
  const fed = new Set(edgesFrom(graph, source).map((edge) => edge.target));
  const far = ({ id, at }: GraphNode) => Math.hypot(at![0] - x, at![1] - y)
    + (at![0] < x && at![1] <= y ? 1e6 : 0) + (fed.has(id) ? 2e6 : 0);
  const targets = graph.nodes.filter((node) => !checkConnection(graph, words, source, node.id))
    .sort((a, b) => far(a) - far(b)).map((node) => node.id);
  if (targets.length) aim(editor, { source, source_port: 0, targets, place: 0, port: 0 }, 0);
  else editor.hint(words.no_target);
}

export function stepTarget(editor: Editor, by: number): void {
  const now = editor.state.connecting!;
  aim(editor, now, (now.place + by + now.targets.length) % now.targets.length);
}

function aim(editor: Editor, now: Connecting, place: number): void {
  const target = nodeOf(editor.graph, now.targets[place])!;
  announce(editor, { ...now, place, port: portFor(editor.graph, target) ?? 0 });
}

export function choosePort(editor: Editor, port: number): void {
  const now = editor.state.connecting!;
  if (port < countPorts(editor, now)) announce(editor, { ...now, port });
}

export function advancePort(editor: Editor): void {
  const now = editor.state.connecting!;
  announce(editor, { ...now, port: (now.port + 1) % countPorts(editor, now) });
}

export function advanceOutput(editor: Editor): void {
  const now = editor.state.connecting!;
  announce(editor, { ...now, source_port: (now.source_port + 1) % outputsOf(editor, now).length });
}

function outputsOf(editor: Editor, { source }: Connecting): string[] {
  return nodeOf(editor.graph, source)!.kind.outputs;
}

function countPorts(editor: Editor, { targets, place }: Connecting): number {
  const { graph } = editor, target = nodeOf(graph, targets[place])!;
  return portCount(target.kind, Math.max(-1, ...edgesInto(graph, target.id).map((edge) => edge.port)));
}

function announce(editor: Editor, now: Connecting): void {
  const target = nodeOf(editor.graph, now.targets[now.place])!;
  editor.store.set({ connecting: now, hint: null });
  editor.reveal([target.id]);
  const outputs = outputsOf(editor, now), { words } = editor.state;
  const source = outputs.length > 1 ? fill(words.output_of, { id: now.source, output: outputs[now.source_port] }) : now.source;
  const values = { source, target: target.id, port: portName(target.kind, now.port) };
  const question = fill(countPorts(editor, now) > 1 ? words.connecting_port : words.connecting, values);
  editor.store.set({ said: outputs.length > 1 ? `${question} ${words.connecting_output}` : question });
}

export function finishConnecting(editor: Editor): void {
  const { source, source_port, targets, place, port } = editor.state.connecting!;
  editor.store.set({ connecting: null });
  if (editor.edit(connect(editor.graph, editor.state.words, source, targets[place], port, source_port))) {
    editor.say("connected", { source, target: targets[place] });
  }
}

export function stopConnecting(editor: Editor): void {
  editor.store.set({ connecting: null });
  editor.say("canceled");
}
