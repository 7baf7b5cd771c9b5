// A node as the maps that it gives: its name and shape above, the maps, and a number over the node below.

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { outputY, portY } from "../card_size";
import { useCanvas, useEditor } from "../context";
import { type FlowNode, inputHandle, outputHandle } from "../flow";
import { nodeLabel } from "../labels";
import { boxOf, cellAt, gridOf, isPart, readMapsParams } from "../maps/grid";
import { countText, fill } from "../numbers";
import { useMeasuredPorts } from "./Card";
import { MapsHead, MapsNumber, MapsPart } from "./MapsWords";

export const MapsCard = memo(function MapsCard({ id, data, selected, width = 1, height = 1 }: NodeProps<FlowNode>) {
  const editor = useEditor(), summary = useCanvas((state) => state.summaries.get(id));
  const words = useCanvas((state) => state.words);
  const color = useCanvas((state) => state.look.families[data.kind.family] ?? state.look.muted);
  const element = useRef<HTMLDivElement>(null), maps = useRef<HTMLCanvasElement>(null), marks = useRef<HTMLCanvasElement>(null);
  const number = useRef<HTMLElement>(null), bar = useRef<HTMLElement>(null);
  const params = readMapsParams(data.params), grid = gridOf(params);
  useMeasuredPorts(id, `${width} ${height} ${data.ports} ${data.kind.outputs.length}`);  // blocks have nodes of the same name
  useEffect(() => editor.overview.addCard(id, {
    element: element.current!, maps: maps.current!, marks: marks.current!, number: number.current!, bar: bar.current!,
  }, data), [editor, id, data]);
  const part = isPart(params) ? fill(words.part, { count: countText(params.count), total: countText(params.total) }) : "";
  const cellUnder = (event: React.MouseEvent) => {
    const box = maps.current!.getBoundingClientRect(), zoom = box.width / grid.width;
    const x = (event.clientX - box.left) / zoom, y = (event.clientY - box.top) / zoom, cell = cellAt(grid, x, y);
    if (cell === null) return null;
    const { x: left, y: top, width, height: high } = boxOf(grid, cell);
    return { cell, row: Math.floor(((y - top) / high) * params.rows), column: Math.floor(((x - left) / width) * params.columns) };
  };
  const open = (event: React.MouseEvent) => {
    const under = cellUnder(event);
    if (under && !data.kind.opens && params.form !== "text") editor.overview.openUnit(id, under.cell, params.form === "tokens" ? under : null);
  };
  const size = { width: grid.width, height: grid.height };
  return (
    <div ref={element} id={`${editor.outbox.instance}-${id}`} role="group" data-testid={`node-${id}`}
      className={["maps-card", selected && "selected", data.kind.opens && "opens"].filter(Boolean).join(" ")}
      style={{ "--family": color } as React.CSSProperties}
      aria-label={nodeLabel(id, data.kind, summary, data.inputs, words)}>
      {Array.from({ length: data.ports }, (_, port) => (
        <Handle key={port} id={inputHandle(port)} type="target" position={Position.Left} style={{ top: portY(height, port, data.ports) }} />
      ))}
      {data.kind.outputs.map((_, port) => (
        <Handle key={port} id={outputHandle(port)} type="source" position={Position.Right} style={{ top: outputY(height, port, data.kind) }} />
      ))}
      <MapsHead id={id} shape={summary?.shape ?? ""} title={[id, data.kind.title, summary?.shape, part].filter(Boolean).join(" · ")} />
      <div className="map-grid" style={size} onClick={open}
        onMouseMove={(event) => editor.overview.pointWith(event, id, cellUnder(event)?.cell ?? null)}
        onMouseLeave={(event) => editor.overview.pointWith(event, id, null)}>
        <canvas ref={maps} width={1} height={1} style={size} className="maps" aria-hidden="true" />
        <canvas ref={marks} width={1} height={1} style={size} className="marks" aria-hidden="true" />
      </div>
      {part && <MapsPart words={part} />}
      <MapsNumber bar={bar} number={number} />
    </div>
  );
});
