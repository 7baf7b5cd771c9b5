// An edge with the shape of what flows along it.

import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useCanvas } from "../context";
import { type FlowEdge, PROPOSED } from "../flow";
import { shapeOf } from "../summaries";
import { pathOf } from "../paths";

export const ShapeEdge = memo(function ShapeEdge(edge: EdgeProps<FlowEdge>) {
  const { id, source, sourceX, sourceY, targetX, targetY, data, selected } = edge;
  const shape = useCanvas((state) => shapeOf(state.summaries.get(source), data?.source_port ?? 0));
  const aimed = useCanvas((state) => state.dropEdge === id);
  const change = data?.change;
  const { d, label: [x, y] } = pathOf([sourceX, sourceY], [targetX, targetY], data?.route, data?.fold);
  const names = [
    "wire", shape === null && "unknown", id === PROPOSED && "proposed", aimed && "aimed", selected && "selected", change && `is-${change}`,
  ].filter(Boolean).join(" ");
  return (
    <>
      <BaseEdge id={id} path={d} markerEnd={edge.markerEnd} interactionWidth={edge.interactionWidth} className={names} />
      {shape !== null && (
        <EdgeLabelRenderer>
          <div className={`shape ${names}`} data-id={id} data-testid={`shape-${id}`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>{shape}</div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
