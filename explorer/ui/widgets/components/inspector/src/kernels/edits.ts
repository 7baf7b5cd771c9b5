// Changes by hand as boxes of parameters, none of which overlap more than they must, and their way back.

import type { Look, WeightEdit } from "../contract";
import { same } from "../asker";
import type { Store } from "../store";

// A newer change over older ones: those that it covers go, one that covers it takes its numbers.
export function put(edits: WeightEdit[], edit: WeightEdit): WeightEdit[] {
  const around = edits.findLastIndex((each) => covers(each, edit));
  if (around >= 0 && !edits.slice(around + 1).some((each) => overlap(each, edit))) {
    return covers(edit, edits[around]!) ? edits.with(around, edit) : edits.with(around, written(edits[around]!, edit));
  }
  return [...edits.filter((each) => !covers(edit, each)), edit];
}

export const countOf = (edits: WeightEdit[]): number => edits.reduce((sum, { values }) => sum + values.length, 0);

export const overlap = (a: WeightEdit, b: WeightEdit): boolean =>
  a.parameter === b.parameter && a.start.every((from, axis) => from < b.start[axis]! + b.shape[axis]! && b.start[axis]! < from + a.shape[axis]!);

export const covers = (outer: WeightEdit, inner: WeightEdit): boolean =>
  outer.parameter === inner.parameter &&
  outer.start.every((from, axis) => from <= inner.start[axis]! && inner.start[axis]! + inner.shape[axis]! <= from + outer.shape[axis]!);

// The outer box with the inner one's numbers in it.
function written(outer: WeightEdit, inner: WeightEdit): WeightEdit {
  const values = [...outer.values];
  inner.values.forEach((value, n) => {
    let rest = n, at = 0, size = 1;
    for (let axis = inner.shape.length - 1; axis >= 0; axis--) {
      const along = inner.start[axis]! + (rest % inner.shape[axis]!) - outer.start[axis]!;
      rest = Math.floor(rest / inner.shape[axis]!);
      at += along * size;
      size *= outer.shape[axis]!;
    }
    values[at] = value;
  });
  return { ...outer, values };
}

interface History { run: string; past: Look["edits"][]; future: Look["edits"][] }

const MOST_PAST = 200;
const histories = new WeakMap<Store, History>();

// One history for a store: every part that changes weights, or takes a change back, has the same.
function historyOf(store: Store): History {
  const known = histories.get(store);
  if (known?.run === store.look.run) return known;
  const made: History = { run: store.look.run, past: [], future: [] };
  histories.set(store, made);
  return made;
}

// continues: one more move of the same hand, which is taken back together with those before it.
export function change(store: Store, edits: WeightEdit[], continues = false): void {
  const history = historyOf(store);
  if (same(edits, store.look.edits)) return;
  if (!continues) history.past = [...history.past, store.look.edits].slice(-MOST_PAST);
  history.future = [];
  store.set({ edits });
}

export function undo(store: Store): void {
  const history = historyOf(store), { edits } = store.look;
  if (!edits.length && !history.past.length) return;
  history.future.push(edits);
  store.set({ edits: history.past.pop() ?? edits.slice(0, -1) });  // of a page that was loaded again nothing else is known
}

export function redo(store: Store): void {
  const history = historyOf(store), next = history.future.pop();
  if (!next) return;
  history.past.push(store.look.edits);
  store.set({ edits: next });
}

export const canUndo = (store: Store): boolean => store.look.edits.length > 0 || historyOf(store).past.length > 0;
export const canRedo = (store: Store): boolean => historyOf(store).future.length > 0;

// Ctrl+Z and Ctrl+Y, or Ctrl+Shift+Z; whether the key was one of these.
export function historyKey(event: KeyboardEvent, store: Store): boolean {
  const key = event.key.toLowerCase(), isUndo = key === "z" && !event.shiftKey, isRedo = key === "y" || (key === "z" && event.shiftKey);
  if (!(event.ctrlKey || event.metaKey) || event.altKey || (!isUndo && !isRedo)) return false;
  event.preventDefault();
  (isUndo ? undo : redo)(store);
  return true;
}
