// An edge between two cards of maps; the shapes stand on the cards.

import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useEditor } from "../context";
import type { FlowEdge } from "../flow";
import { pathOf } from "../paths";

export const MapsEdge = memo(function MapsEdge({ id, sourceX, sourceY, targetX, targetY, data, markerEnd }: EdgeProps<FlowEdge>) {
  const editor = useEditor(), group = useRef<SVGGElement>(null);
  useEffect(() => editor.overview.addEdge(id, group.current!), [editor, id]);
  const { d } = pathOf([sourceX, sourceY], [targetX, targetY], data?.route, data?.fold);
  return <g ref={group} className="maps-edge" data-path={d}><BaseEdge id={id} path={d} markerEnd={markerEnd} interactionWidth={0} className="wire" /></g>;
});
