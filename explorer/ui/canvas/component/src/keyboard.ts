// The keys of the canvas. Those of the whole frame work from the palette too; the rest only where the graph has focus.

import type { KeyboardEvent } from "react";
import * as actions from "./actions";
import { advanceOutput, advancePort, beginConnecting, choosePort, finishConnecting, stepTarget, stopConnecting } from "./connecting";
import type { Editor } from "./editor";
import { beginWeight, pointedAt } from "./live/pointing";
import { selectNextInput, walk, type Way } from "./walk";
import { selectedIds } from "./state";

const WAYS: Record<string, Way> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const STEP = 10, PAUSE_MS = 400;

type Action = (editor: Editor) => void;

const FRAME_KEYS: Record<string, Action> = {
  "mod+z": (editor) => actions.step(editor, "undo"),
  "mod+shift+z": (editor) => actions.step(editor, "redo"),
  "mod+y": (editor) => actions.step(editor, "redo"),
  "/": (editor) => editor.store.set({ searching: editor.state.searching + 1 }),
  "?": (editor) => editor.store.set({ keysShown: true }),
  "shift+?": (editor) => editor.store.set({ keysShown: true }),
};

const STAGE_KEYS: Record<string, Action> = {
  delete: actions.removeSelected,
  backspace: actions.removeSelected,
  "mod+a": actions.selectAll,
  "mod+d": actions.duplicateSelected,
  "mod+g": actions.groupSelected,
  "mod+shift+g": (editor) => actions.askFor(editor, "ungroup"),
  f: (editor) => editor.fit(),
  m: (editor) => editor.store.set({ minimap: !editor.state.minimap }),
  t: (editor) => editor.state.picture.editable && editor.tidy(),
  o: (editor) => actions.askFor(editor, "output"),
  e: selectNextInput,
  c: beginConnecting,
  "+": (editor) => actions.zoomBy(editor, 1.2),
  "shift++": (editor) => actions.zoomBy(editor, 1.2),
  "=": (editor) => actions.zoomBy(editor, 1.2),
  "-": (editor) => actions.zoomBy(editor, 1 / 1.2),
  enter: (editor) => {
    if (beginWeight(editor, pointedAt(editor))) return;
    const id = actions.onlySelected(editor, !editor.state.picture.follows);
    if (id) actions.enterNode(editor, id);
  },
  escape: (editor) => {
    if (editor.state.picture.follows && !selectedIds(editor.state).length) actions.leave(editor);
    else editor.select([]);
  },
};

function nameOf(event: KeyboardEvent): string {
  const parts = [event.ctrlKey || event.metaKey ? "mod" : "", event.altKey ? "alt" : "", event.shiftKey ? "shift" : ""];
  return [...parts.filter(Boolean), event.key.toLowerCase()].join("+");
}

function isElsewhere(event: KeyboardEvent): boolean {
  return (event.target as Element).closest("input, textarea, select, dialog") !== null;
}

// The page must not act on it as well: Streamlit has keys of its own.
function take(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

export function handleFrameKey(editor: Editor, event: KeyboardEvent): void {
  const action = FRAME_KEYS[nameOf(event)];
  if (!action || isElsewhere(event)) return;
  take(event);
  action(editor);
}

export function handleStageKey(editor: Editor, event: KeyboardEvent): void {
  const onButton = (event.target as Element).closest("button") !== null && ["Enter", " "].includes(event.key);
  if (isElsewhere(event) || onButton) return;
  const handled = editor.state.connecting ? handleConnectingKey(editor, event) : handleGraphKey(editor, event);
  if (handled) take(event);
}

function handleGraphKey(editor: Editor, event: KeyboardEvent): boolean {
  const name = nameOf(event), way = WAYS[event.key];
  if (way && event.altKey) {
    if (way === "up" && !selectedIds(editor.state).length) actions.leave(editor);
    else nudge(editor, way);
    return true;
  }
  if (way && !event.ctrlKey && !event.metaKey) {
    walk(editor, way, event.shiftKey);
    return true;
  }
  STAGE_KEYS[name]?.(editor);
  return name in STAGE_KEYS;
}

function handleConnectingKey(editor: Editor, event: KeyboardEvent): boolean {
  const way = WAYS[event.key];
  if (way) stepTarget(editor, way === "right" || way === "down" ? 1 : -1);
  else if (/^[1-9]$/.test(event.key)) choosePort(editor, Number(event.key) - 1);
  else if (event.key.toLowerCase() === "c") advancePort(editor);
  else if (event.key.toLowerCase() === "o") advanceOutput(editor);
  else if (event.key === "Enter") finishConnecting(editor);
  else if (event.key === "Escape") stopConnecting(editor);
  else return false;
  return true;
}

const pauses = new WeakMap<Editor, ReturnType<typeof setTimeout>>();

// Moves what is selected; Python hears of it once, when the keys have rested.
function nudge(editor: Editor, way: Way): void {
  if (!editor.state.picture.editable || !selectedIds(editor.state).length) return;
  const [x, y] = { left: [-STEP, 0], right: [STEP, 0], up: [0, -STEP], down: [0, STEP] }[way];
  editor.store.set({
    nodes: editor.state.nodes.map((node) => (
      node.selected ? { ...node, position: { x: node.position.x + x, y: node.position.y + y } } : node
    )),
  });
  clearTimeout(pauses.get(editor));
  pauses.set(editor, setTimeout(() => editor.placeByHand(), PAUSE_MS));
}
