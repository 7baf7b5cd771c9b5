// A unit of a column: a small square that its map is painted into. And the words above a column.

import { Handle, type NodeProps, Position, useStore } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import { type FlowNode, inputHandle, outputHandle } from "../flow";
import type { Place } from "../live/alive";

const NAME_PX = 13;

export const Unit = memo(function Unit({ id, data, selected }: NodeProps<FlowNode>) {
  const editor = useEditor(), { address, unit, label, is_named } = data.params;
  const thumbnail = useCanvas((state) => state.summaries.get(id)?.thumbnail);
  return (
    <div className={selected ? "unit selected" : "unit"} id={`${editor.outbox.instance}-${id}`} role="img"
      aria-label={`${address} ${label}`} data-testid={`node-${id}`}>
      {data.kind.inputs.length > 0 && <Handle id={inputHandle(0)} type="target" position={Position.Left} />}
      <Handle id={outputHandle(0)} type="source" position={Position.Right} />
      {thumbnail && <img src={thumbnail} alt="" draggable={false} className="maps" />}
      <Maps address={String(address)} unit={Number(unit)} isSample={false} />
      {Boolean(is_named) && <div className="unit-name"><Name words={String(label)} /></div>}
    </div>
  );
});

export const ColumnHead = memo(function ColumnHead({ data }: NodeProps<FlowNode>) {
  return <div className="column-head"><Name words={String(data.params.label)} /></div>;
});

// As large on the screen at every zoom.
function Name({ words }: { words: string }) {
  const zoom = useStore(({ transform }) => transform[2]), scale = useCanvas((state) => state.look.scale);
  return <bdi style={{ fontSize: (NAME_PX * scale) / zoom }}>{words}</bdi>;
}

export function Maps({ address, unit, isSample }: Place) {
  const editor = useEditor(), canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => editor.alive.addNode(canvas.current!, { address, unit, isSample }), [editor, address, unit, isSample]);
  return <canvas ref={canvas} width={1} height={1} className="maps" aria-hidden="true" />;
}
