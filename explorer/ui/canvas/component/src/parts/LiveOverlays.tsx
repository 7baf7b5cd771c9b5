// Over a live picture: the number under the pointer or the keys, and the field that changes a weight.

import { useEffect, useLayoutEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import { endWeight, type Pointed, pointedAt, sendWeight, TIP_MARGIN, wordsOf } from "../live/pointing";
import { selectedIds } from "../state";

export function Tip() {
  const editor = useEditor(), tip = useRef<HTMLDivElement>(null);
  const live = useCanvas((state) => state.picture.live !== null && state.weighing === null);
  const hovered = useCanvas((state) => state.pointed);
  const chosen = useCanvas((state) => state.edges.find((edge) => edge.selected)?.id ?? selectedIds(state).at(-1));
  useLayoutEffect(() => {
    const show = () => {
      const pointed = live ? pointedAt(editor) : null, words = pointed ? wordsOf(editor, pointed) : "";
      tip.current!.hidden = !words;
      if (tip.current!.textContent !== words) tip.current!.textContent = words;
      if (pointed && words) place(tip.current!, pointed);
    };
    show();
    editor.alive.onPaint = show;
    return () => { editor.alive.onPaint = null; };
  }, [editor, live, hovered, chosen]);
  useEffect(() => {
    const pointed = live && chosen !== undefined && !hovered ? pointedAt(editor) : null;
    if (pointed) editor.store.set({ said: wordsOf(editor, pointed) });
  }, [editor, live, chosen]);
  return <div ref={tip} className="live-tip" data-testid="live-tip" hidden />;
}

export function WeightField() {
  const weighing = useCanvas((state) => state.weighing);
  return weighing && <Field key={weighing.id} pointed={weighing} />;
}

function Field({ pointed }: { pointed: Pointed }) {
  const editor = useEditor(), form = useRef<HTMLFormElement>(null), input = useRef<HTMLInputElement>(null);
  const words = useCanvas((state) => state.words);
  useLayoutEffect(() => {
    place(form.current!, pointed);
    input.current!.focus({ preventScroll: true });
    input.current!.select();
  }, [pointed]);
  const value = editor.alive.weightOf(pointed.id)?.value ?? 0;
  return (
    <form ref={form} className="weight-field nowheel" onSubmit={(event) => {
      event.preventDefault();
      sendWeight(editor, pointed.id, input.current!.value);
    }} onKeyDown={(event) => { if (event.key === "Escape") endWeight(editor); }}>
      <label>
        <span>{wordsOf(editor, pointed)}</span>
        <input ref={input} type="number" step="any" required defaultValue={Number(value.toPrecision(4))} data-testid="weight-field" />
      </label>
      <p>{words.weight_forks}</p>
      <div className="choices">
        <button type="submit" className="primary">{words.set_weight}</button>
        <button type="button" onClick={() => endWeight(editor)}>{words.cancel}</button>
      </div>
    </form>
  );
}

// Beside what is pointed at, within the stage.
function place(element: HTMLElement, { at: { x, y } }: Pointed): void {
  const { clientWidth, clientHeight } = element.parentElement!, { offsetWidth, offsetHeight } = element;
  const right = x + TIP_MARGIN + offsetWidth <= clientWidth ? x + TIP_MARGIN : x - TIP_MARGIN - offsetWidth;
  const below = y + TIP_MARGIN + offsetHeight <= clientHeight ? y + TIP_MARGIN : y - TIP_MARGIN - offsetHeight;
  element.style.left = `${Math.max(4, right)}px`;
  element.style.top = `${Math.max(4, below)}px`;
}
