// The blocks by family, most families folded: searched, dragged onto the canvas, or added by Enter or a double-click.

import { type KeyboardEvent, memo, type PointerEvent, useEffect, useRef, useState } from "react";
import { addToSelected, dropKind } from "../actions";
import { useCanvas, useEditor } from "../context";
import type { Kind, Shelf } from "../contract";
import type { Editor } from "../editor";
import { edgeUnder } from "../pointer";
import { findKinds } from "../search";
import { Icon } from "./icons";

const DRAG_PX = 4, TIP_MS = 400;

export function Palette() {
  const editor = useEditor();
  const shelves = useCanvas((state) => state.shelves);
  const words = useCanvas((state) => state.words);
  const searching = useCanvas((state) => state.searching);
  const scale = useCanvas((state) => state.look.scale);
  const [search, setSearch] = useState("");
  const [tip, setTip] = useState<{ text: string; top: number } | null>(null);
  const box = useRef<HTMLDivElement>(null), input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (searching) input.current?.select();
  }, [searching]);
  const [folds, setFolds] = useState<Record<string, boolean>>({});
  const toggle = (title: string, open: boolean) => setFolds((before) => ({ ...before, [title]: open }));
  const found = search.trim() ? findKinds(shelves, search) : null;
  const leave = () => {
    setSearch("");
    editor.stage?.focus();
  };
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined), pointed = useRef<Element | null>(null);
  const describe = (kind: Kind | null, element?: Element) => {
    clearTimeout(waiting.current);
    pointed.current = null;
    const top = element ? element.getBoundingClientRect().top - box.current!.getBoundingClientRect().top : 0;
    setTip(kind && { text: kind.summary, top: top / scale });
  };
  // only once the pointer has moved there and stays: it may lie there since a click on the page before
  const pointAt = (kind: Kind, element: Element, moved: boolean) => {
    if (!moved || pointed.current === element) return;
    clearTimeout(waiting.current);
    pointed.current = element;
    waiting.current = setTimeout(() => {
      describe(kind, element);
      pointed.current = element;
    }, TIP_MS);
  };
  useEffect(() => () => clearTimeout(waiting.current), []);
  return (
    <div ref={box} className="palette" role="group" aria-label={words.palette}
      onKeyDown={(event) => handlePaletteKey(box.current!, event, leave)}>
      <label className="search">
        <Icon name="search" />
        <input ref={input} type="text" value={search} placeholder={words.search} aria-label={words.search}
          onChange={(event) => setSearch(event.target.value)} />
      </label>
      <div className="shelves" onScroll={() => setTip(null)}>
        {found ? <Items kinds={found} describe={describe} pointAt={pointAt} /> : shelves.map((shelf) => (
          <ShelfList key={shelf.title} shelf={shelf} isOpen={folds[shelf.title] ?? shelf.is_open} toggle={toggle}
            describe={describe} pointAt={pointAt} />
        ))}
        {found?.length === 0 && <p className="none">{words.nothing_found}</p>}
      </div>
      {tip?.text && <div className="tip" role="tooltip" style={{ top: tip.top }}>{tip.text}</div>}
    </div>
  );
}

type Describe = (kind: Kind | null, element?: Element) => void;
type PointAt = (kind: Kind, element: Element, moved: boolean) => void;

interface ShelfProps {
  shelf: Shelf;
  isOpen: boolean;
  toggle: (title: string, open: boolean) => void;
  describe: Describe;
  pointAt: PointAt;
}

const ShelfList = memo(function ShelfList({ shelf, isOpen, toggle, describe, pointAt }: ShelfProps) {
  return (
    <section aria-label={shelf.title}>
      <h4>
        <button className="fold" tabIndex={-1} aria-expanded={isOpen} onClick={() => toggle(shelf.title, !isOpen)}>
          <bdi>{shelf.title}</bdi>{!isOpen && <span>{shelf.kinds.length}</span>}
        </button>
      </h4>
      {isOpen && <Items kinds={shelf.kinds} describe={describe} pointAt={pointAt} />}
    </section>
  );
}, (before, now) => before.shelf === now.shelf && before.isOpen === now.isOpen);

function Items({ kinds, ...tips }: { kinds: Kind[]; describe: Describe; pointAt: PointAt }) {
  return kinds.map((kind, i) => <Item key={`${kind.block} ${kind.title} ${i}`} kind={kind} {...tips} />);
}

function Item({ kind, describe, pointAt }: { kind: Kind; describe: Describe; pointAt: PointAt }) {
  const editor = useEditor();
  const color = useCanvas((state) => state.look.families[kind.family] ?? state.look.muted);
  return (
    <button className="item" tabIndex={-1} style={{ "--family": color } as React.CSSProperties} data-testid={`kind-${kind.block}`}
      aria-description={kind.summary}
      onPointerDown={(event) => carry(editor, kind, event)}
      onClick={(event) => event.detail <= 1 && addToSelected(editor, kind)}  // a double click means one block, too
      onPointerMove={({ currentTarget, movementX, movementY }) => pointAt(kind, currentTarget, movementX !== 0 || movementY !== 0)}
      onPointerLeave={() => describe(null)}
      onFocus={(event) => describe(kind, event.currentTarget)} onBlur={() => describe(null)}>
      <bdi>{kind.title}</bdi>
    </button>
  );
}

// Up and down through the list, from the search box as well; right and left unfold a family and fold it. Enter adds the
// block, or the first one found, and leads back to the canvas, as Escape does.
function handlePaletteKey(box: HTMLElement, event: KeyboardEvent, leave: () => void): void {
  const items = [...box.querySelectorAll<HTMLElement>(".item, .fold")];
  const at = items.indexOf(document.activeElement as HTMLElement), fold = items[at]?.closest<HTMLElement>(".fold");
  if (fold && event.key === "Enter") return;  // a button's own
  const chosen = event.key === "Enter" ? items[at] ?? box.querySelector<HTMLElement>(".item") : undefined;
  chosen?.click();
  if (chosen || event.key === "Escape") leave();
  else if (event.key === "ArrowDown") items[Math.min(at + 1, items.length - 1)]?.focus();
  else if (fold && event.key === (fold.ariaExpanded === "true" ? "ArrowLeft" : "ArrowRight")) fold.click();
  else if (event.key === "ArrowUp" && at > 0) items[at - 1].focus();
  else if (event.key === "ArrowUp") box.querySelector("input")!.focus();
  else return;
  event.preventDefault();
}

function carry(editor: Editor, kind: Kind, start: PointerEvent): void {
  if (start.button !== 0) return;
  const cleanup = new AbortController(), { signal } = cleanup;
  const end = () => {
    cleanup.abort();
    editor.store.set({ carried: null, dropEdge: null });
  };
  addEventListener("pointermove", (event) => {
    const { clientX: x, clientY: y } = event;
    if (!editor.state.carried && Math.hypot(x - start.clientX, y - start.clientY) < DRAG_PX) return;
    const dropEdge = kind.inputs.length ? edgeUnder(editor, { x, y }, null) : null;
    editor.store.set({ carried: { kind, x, y }, dropEdge });
  }, { signal });
  addEventListener("pointerup", (event) => {
    const dragged = editor.state.carried !== null;
    end();
    if (dragged) dropKind(editor, kind, { x: event.clientX, y: event.clientY });
  }, { signal });
  addEventListener("pointercancel", end, { signal });
  addEventListener("keydown", (event) => event.key === "Escape" && end(), { signal });
}
