// The whole component: a strip above, the palette at the left, the network in the rest.

import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { EditorContext, useCanvas, useEditor } from "../context";
import type { Editor } from "../editor";
import { handleFrameKey, handleStageKey } from "../keyboard";
import { handleCopy, handleCut, handlePaste } from "../transfer";
import { selectedIds } from "../state";
import { Carried } from "./Carried";
import { Flow } from "./Flow";
import { KeysDialog } from "./KeysDialog";
import { Tip, WeightField } from "./LiveOverlays";
import { MapsTable, MapsTip } from "./MapsOverlays";
import { Palette } from "./Palette";
import { Banner, Hint, Remark, Start } from "./Overlays";
import { Strip } from "./Strip";

const IS_MAC = navigator.platform.startsWith("Mac");

export function Canvas({ editor }: { editor: Editor }) {
  return (
    <EditorContext.Provider value={editor}>
      <ReactFlowProvider>
        <Frame />
      </ReactFlowProvider>
    </EditorContext.Provider>
  );
}

function Frame() {
  const editor = useEditor();
  const height = useCanvas((state) => state.heightPx);
  const editable = useCanvas((state) => state.picture.editable);
  const said = useCanvas((state) => state.said);
  const look = useCanvas((state) => state.look);
  const live = useCanvas((state) => state.picture.live !== null);
  const colors = {
    "--problem": look.problem.color, "--warning": look.warning.color, "--valid": look.valid.color,
    "--negative": look.negative, "--positive": look.positive, "--muted": look.muted, "--panel": look.panel, "--line": look.line, "--accent": look.accent, "--tint": look.tint, "--scale": look.scale,
  } as React.CSSProperties;
  return (
    <div className={["frame", look.dark && "dark", live && "live"].filter(Boolean).join(" ")} style={{ ...colors, height }}
      onKeyDown={(event) => handleFrameKey(editor, event)}>
      <Strip />
      <div className="body">
        {editable && <Palette />}
        <Stage />
      </div>
      <Carried />
      <KeysDialog />
      <div className="spoken" aria-live="polite">{said}</div>
    </div>
  );
}

function Stage() {
  const editor = useEditor();
  const stage = useRef<HTMLDivElement>(null);
  const words = useCanvas((state) => state.words);
  const active = useCanvas((state) => selectedIds(state).at(-1));
  const follows = useCanvas((state) => state.picture.follows);
  useEffect(() => {
    editor.stage = stage.current;
    const observer = new ResizeObserver(() => {
      if (editor.fitted && editor.flow) editor.layOutAnew();
    });
    observer.observe(stage.current!);
    return () => observer.disconnect();
  }, [editor]);
  return (
    <div ref={stage} className="stage" tabIndex={0} role="application" aria-label={words.canvas}
      aria-activedescendant={active && `${editor.outbox.instance}-${active}`}
      onPointerDown={() => holdSelection(editor)} onKeyDown={(event) => handleStageKey(editor, event)}
      onCopy={(event) => handleCopy(editor, event)} onCut={(event) => handleCut(editor, event)}
      onPaste={(event) => handlePaste(editor, event)} onWheel={(event) => hintAtZoom(editor, event)}>
      <Flow />
      <Banner />
      <Remark />
      <Start />
      <Hint />
      {follows ? <><MapsTip /><MapsTable /></> : <><Tip /><WeightField /></>}
    </div>
  );
}

function hintAtZoom(editor: Editor, { ctrlKey, metaKey, target }: React.WheelEvent): void {
  const { words } = editor.state;
  if (!ctrlKey && !metaKey && !(target as Element).closest(".nowheel")) editor.hint(IS_MAC ? words.hold_command : words.hold_ctrl);
}

// While a button is down the selection may still change; a drag sends it together with the positions.
function holdSelection(editor: Editor): void {
  editor.held = true;
  const release = () => {
    removeEventListener("pointerup", release, true);
    removeEventListener("pointercancel", release, true);
    setTimeout(() => {
      editor.held = false;
      editor.sendSelection();
    });
  };
  addEventListener("pointerup", release, true);
  addEventListener("pointercancel", release, true);
}
