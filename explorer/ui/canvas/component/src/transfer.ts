// Copy, cut and paste as the browser's own events bring them: they need no permission and no secure context.

import type { ClipboardEvent } from "react";
import { removeSelected } from "./actions";
import { copySelected, pasted, readCopied, writeCopied } from "./clipboard";
import type { Editor } from "./editor";

function isTyping(target: EventTarget): boolean {
  return target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
}

export function handleCopy(editor: Editor, event: ClipboardEvent): boolean {
  const copied = copySelected(editor);
  if (isTyping(event.target) || !copied.nodes.length) return false;
  event.clipboardData.setData("text/plain", writeCopied(copied));
  event.preventDefault();
  editor.say("copied", { count: copied.nodes.length });
  return true;
}

export function handleCut(editor: Editor, event: ClipboardEvent): void {
  if (editor.state.picture.editable && handleCopy(editor, event)) removeSelected(editor);
}

export function handlePaste(editor: Editor, event: ClipboardEvent): void {
  if (isTyping(event.target)) return;
  event.preventDefault();
  const copied = readCopied(editor, event.clipboardData.getData("text/plain"));
  if (!copied) editor.hint(editor.state.words.nothing_to_paste);
  else if (editor.edit(pasted(editor.graph, copied))) editor.say("pasted", { count: copied.nodes.length });
}
