import { useEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import { Icon } from "./icons";

// Each line: the keys, and the word that says what they do.
const KEYS: [string, string][] = [
  ["← →", "key_follow"], ["↑ ↓", "key_neighbor"], ["Shift ← ↑ → ↓", "key_extend"], ["Alt ← ↑ → ↓", "key_nudge"],
  ["C", "key_connect"], ["E", "key_edge"], ["Enter", "key_open"], ["Alt ↑", "key_leave"], ["Delete", "key_remove"],
  ["Ctrl C, X, V", "key_copy"], ["Ctrl D", "key_duplicate"], ["Ctrl A", "key_all"], ["Shift + drag", "key_box"],
  ["Ctrl + click", "key_click"], ["Ctrl Z", "key_undo"], ["Ctrl Shift Z", "key_redo"], ["Ctrl G", "key_group"],
  ["Ctrl Shift G", "key_ungroup"], ["O", "key_output"], ["/", "key_search"], ["T", "key_tidy"], ["F", "key_fit"],
  ["+ −", "key_zoom"], ["Ctrl + wheel", "key_wheel"], ["M", "key_minimap"], ["Esc", "key_escape"], ["?", "key_keys"],
];

export function KeysDialog() {
  const editor = useEditor();
  const shown = useCanvas((state) => state.keysShown);
  const words = useCanvas((state) => state.words);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
  }, [shown]);
  if (!shown) return null;
  const close = () => {
    editor.store.set({ keysShown: false });
    editor.stage?.focus();
  };
  return (
    <dialog ref={dialog} className="keys" aria-label={words.keys} onClose={close}
      onClick={(event) => event.target === dialog.current && close()}>
      <header>
        <h3>{words.keys}</h3>
        <button className="tool" aria-label={words.close} onClick={close}><Icon name="close" /></button>
      </header>
      <dl>
        {KEYS.map(([keys, word]) => (
          <div key={word}><dt><kbd>{keys}</kbd></dt><dd>{words[word]}</dd></div>
        ))}
      </dl>
    </dialog>
  );
}
