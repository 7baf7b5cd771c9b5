// Above the canvas: the way into the block at the left, what can be done at the right.

import * as actions from "../actions";
import { useCanvas, useEditor } from "../context";
import { MEASURES, type Measure, selectedIds } from "../state";
import { MapsTools } from "./MapsTools";
import { Icon, type IconName } from "./icons";

export function Strip() {
  return (
    <div className="strip" role="toolbar">
      <Crumbs />
      <SelectionButtons />
      <ViewButtons />
    </div>
  );
}

function Tool({ icon, word, onClick, disabled, pressed }: {
  icon: IconName; word: string; onClick: () => void; disabled?: boolean; pressed?: boolean;
}) {
  const tip = useCanvas((state) => state.words[word]);
  return (
    <button className="tool" aria-label={tip} data-tip={tip} disabled={disabled} aria-pressed={pressed} onClick={onClick}
      data-testid={`tool-${word}`}><Icon name={icon} /></button>
  );
}

function Crumbs() {
  const editor = useEditor();
  const crumbs = useCanvas((state) => state.picture.crumbs);
  const words = useCanvas((state) => state.words);
  return (
    <nav className="crumbs" aria-label={words.way}>
      {crumbs.length > 1 && crumbs.map(({ title }, depth) => (
        depth === crumbs.length - 1
          ? <b key={depth} aria-current="page"><bdi>{title}</bdi></b>
          : <button key={depth} onClick={() => actions.leaveTo(editor, depth)}><bdi>{title}</bdi></button>
      ))}
    </nav>
  );
}

function SelectionButtons() {
  const editor = useEditor();
  const editable = useCanvas((state) => state.picture.editable);
  const follows = useCanvas((state) => state.picture.follows);
  const count = useCanvas((state) => selectedIds(state).length);
  const edge = useCanvas((state) => state.edges.some((one) => one.selected));
  const opens = useCanvas(() => actions.onlySelected(editor, true) !== null);
  return (
    <div className="tools">
      {opens && <Tool icon="open" word="open" onClick={() => actions.openNode(editor, actions.onlySelected(editor)!)} />}
      {opens && !follows && <Tool icon="keep" word="keep" onClick={() => actions.askFor(editor, "keep")} />}
      {editable && opens && <Tool icon="ungroup" word="ungroup" onClick={() => actions.askFor(editor, "ungroup")} />}
      {editable && <>
        <Tool icon="group" word="group" disabled={!count} onClick={() => actions.groupSelected(editor)} />
        <Tool icon="output" word="make_output" disabled={count !== 1} onClick={() => actions.askFor(editor, "output")} />
        <Tool icon="duplicate" word="duplicate" disabled={!count} onClick={() => actions.duplicateSelected(editor)} />
        <Tool icon="remove" word="remove" disabled={!count && !edge} onClick={() => actions.removeSelected(editor)} />
      </>}
    </div>
  );
}

function ViewButtons() {
  const editor = useEditor();
  const words = useCanvas((state) => state.words);
  const tint = useCanvas((state) => state.tint);
  const preview = useCanvas((state) => state.picture.preview);
  const editable = useCanvas((state) => state.picture.editable);
  const minimap = useCanvas((state) => state.minimap);
  const live = useCanvas((state) => state.picture.live !== null);
  const follows = useCanvas((state) => state.picture.follows);
  if (follows) return <><MapsTools /><div className="tools"><ZoomButtons /></div></>;
  if (live) return <div className="tools"><ZoomButtons /></div>;
  return (
    <div className="tools">
      <label className="choice">
        <span>{words.tint_by}</span>
        <select value={tint ?? ""} data-testid="tint"
          onChange={(event) => editor.store.set({ tint: (event.target.value || null) as Measure | null })}>
          <option value="">{words.nothing}</option>
          {MEASURES.map((measure) => <option key={measure} value={measure}>{words[measure]}</option>)}
        </select>
      </label>
      <label className="choice">
        <input type="checkbox" checked={preview} data-testid="preview"
          onChange={(event) => actions.showPreview(editor, event.target.checked)} />
        <span>{words.preview}</span>
      </label>
      {editable && <Tool icon="tidy" word="tidy" onClick={() => editor.tidy()} />}
      <ZoomButtons />
      <Tool icon="minimap" word="minimap" pressed={minimap}
        onClick={() => editor.store.set({ minimap: !minimap })} />
      <button className="tool" aria-label={words.keys} data-tip={words.keys} data-testid="tool-keys"
        onClick={() => editor.store.set({ keysShown: true })}>?</button>
    </div>
  );
}

function ZoomButtons() {
  const editor = useEditor();
  return (
    <>
      <Tool icon="fit" word="fit" onClick={() => editor.fit()} />
      <Tool icon="minus" word="zoom_out" onClick={() => actions.zoomBy(editor, 1 / 1.2)} />
      <Tool icon="plus" word="zoom_in" onClick={() => actions.zoomBy(editor, 1.2)} />
    </>
  );
}
