// Problems in words, each with a button that mends it. A hint is one that nothing is wrong with yet.

import { useStore } from "@xyflow/react";
import { useState } from "react";
import { CARD_WIDTH } from "../card_size";
import { useCanvas, useEditor } from "../context";
import type { Trouble } from "../contract";
import { wordsWidth } from "../view";

// node "" where they are of the whole network
export function Troubles({ node, troubles }: { node: string; troubles: Trouble[] }) {
  return (
    <div className={node ? "troubles nodrag nopan nowheel" : "troubles banner nowheel"} role={node ? undefined : "status"}>
      {troubles.map((trouble) => <One key={trouble.place} node={node} trouble={trouble} />)}
    </div>
  );
}

// Below a card; ending where the card ends where more of them would be cut off at the right than at the left.
export function CardTroubles({ node, x, troubles }: { node: string; x: number; troubles: Trouble[] }) {
  const leftward = useStore(({ transform: [shift, , zoom], width }) => {
    const left = x * zoom + shift, right = left + CARD_WIDTH * zoom, words = wordsWidth(zoom) * zoom;
    return left + words - width > Math.max(0, words - right);
  });
  const [open, setOpen] = useState(false);
  const hint = useCanvas((state) => state.words.hint);
  const folds = troubles.every((trouble) => trouble.is_hint);
  return (
    <div className={leftward ? "below leftward" : "below"}>
      {folds && !open
        ? <button className="troubles chip nodrag nopan" onClick={() => setOpen(true)}><span className="sign" aria-hidden="true">i</span>{hint}</button>
        : <Troubles node={node} troubles={troubles} />}
    </div>
  );
}

function One({ node, trouble }: { node: string; trouble: Trouble }) {
  const editor = useEditor();
  const sign = useCanvas((state) => state.look.problem);
  const hint = useCanvas((state) => state.words.hint);
  const editable = useCanvas((state) => state.picture.editable);
  return (
    <div className={trouble.is_hint ? "trouble hinting" : "trouble"}>
      <p>
        <span className="sign" role="img" aria-label={trouble.is_hint ? hint : sign.word}>{trouble.is_hint ? "i" : sign.icon}</span>
        <bdi>{trouble.message}</bdi>
      </p>
      {trouble.fix && editable && (
        <button className="fix" onClick={() => editor.send({ kind: "fix", node, place: trouble.place })}><bdi>{trouble.fix}</bdi></button>
      )}
    </div>
  );
}
