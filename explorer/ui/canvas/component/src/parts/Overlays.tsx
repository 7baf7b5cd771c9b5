// What lies over the canvas: problems of the whole network, the start of an empty one, a hint.

import { addToSelected } from "../actions";
import { useCanvas, useEditor } from "../context";
import { findKind } from "../summaries";
import { Problems } from "./Problems";

export function Banner() {
  const problems = useCanvas((state) => state.picture.problems);
  const empty = useCanvas((state) => state.nodes.length === 0);
  return problems.length && !empty ? <Problems node="" problems={problems} /> : null;
}

export function Remark() {
  const remark = useCanvas((state) => state.picture.remark || state.notice);
  return remark ? <div className="remark" role="status"><bdi>{remark}</bdi></div> : null;
}

export function Start() {
  const editor = useEditor();
  const words = useCanvas((state) => state.words);
  const empty = useCanvas((state) => state.nodes.length === 0 && state.picture.editable);
  const input = useCanvas((state) => findKind(state, "input"));
  if (!empty) return null;
  return (
    <div className="start">
      <p>{words.start}</p>
      {input && <button className="primary" onClick={() => addToSelected(editor, input)}>{words.start_with_input}</button>}
    </div>
  );
}

export function Hint() {
  const hint = useCanvas((state) => state.hint);
  const question = useCanvas((state) => state.connecting && state.said);
  if (question) return <div className="hint" aria-hidden="true">{question}</div>;
  if (!hint) return null;
  const style = hint.at ? { left: hint.at.x, top: hint.at.y } : undefined;
  return <div className={hint.at ? "hint near" : "hint"} style={style}>{hint.words}</div>;
}
