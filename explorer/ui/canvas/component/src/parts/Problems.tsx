// Problems in words, each with a button that fixes it; hints are blue.

import { useStore } from "@xyflow/react";
import { useState } from "react";
import { CARD_WIDTH } from "../card_size";
import { useCanvas, useEditor } from "../context";
import type { Problem } from "../contract";
import { wordsWidth } from "../view";

// node "" where they are of the whole network
export function Problems({ node, problems }: { node: string; problems: Problem[] }) {
  return (
    <div className={node ? "problems nodrag nopan nowheel" : "problems banner nowheel"} role={node ? undefined : "status"}>
      {problems.map((problem, place) => <One key={place} node={node} place={place} problem={problem} />)}
    </div>
  );
}

// Below a card; ending where the card ends where more of them would be cut off at the right than at the left.
export function CardProblems({ node, x, problems }: { node: string; x: number; problems: Problem[] }) {
  const leftward = useStore(({ transform: [shift, , zoom], width }) => {
    const left = x * zoom + shift, right = left + CARD_WIDTH * zoom, words = wordsWidth(zoom) * zoom;
    return left + words - width > Math.max(0, words - right);
  });
  const [open, setOpen] = useState(false);
  const hint = useCanvas((state) => state.words.hint);
  const folds = problems.every((problem) => problem.is_hint);
  return (
    <div className={leftward ? "below leftward" : "below"}>
      {folds && !open
        ? <button className="problems chip nodrag nopan" onClick={() => setOpen(true)}><span className="sign" aria-hidden="true">i</span>{hint}</button>
        : <Problems node={node} problems={problems} />}
    </div>
  );
}

function One({ node, place, problem }: { node: string; place: number; problem: Problem }) {
  const editor = useEditor();
  const sign = useCanvas((state) => state.look.problem);
  const hint = useCanvas((state) => state.words.hint);
  const editable = useCanvas((state) => state.picture.editable);
  return (
    <div className={problem.is_hint ? "problem hinting" : "problem"}>
      <p>
        <span className="sign" role="img" aria-label={problem.is_hint ? hint : sign.word}>{problem.is_hint ? "i" : sign.icon}</span>
        <bdi>{problem.message}</bdi>
      </p>
      {problem.fix && editable && (
        <button className="fix" onClick={() => editor.send({ kind: "fix", node, place })}><bdi>{problem.fix}</bdi></button>
      )}
    </div>
  );
}
