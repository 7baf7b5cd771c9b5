// An edge between two units, drawn as its weight is.

import type { EdgeProps } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useEditor } from "../context";
import type { FlowEdge } from "../flow";
import type { Place } from "../live/alive";
import { pathOf } from "../paths";

const REACH = 10;  // how near the pointer has to come

export const WeightEdge = memo(function WeightEdge(edge: EdgeProps<FlowEdge>) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, selected } = edge;
  const editor = useEditor(), path = useRef<SVGPathElement>(null);
  useEffect(() => editor.alive.addEdge(id, path.current!, placeOf(source), placeOf(target)), [editor, id, source, target]);
  const placeOf = (node: string): Place => {
    const { address, unit } = editor.state.nodes.find((one) => one.id === node)!.data.params;
    return { address: String(address), unit: Number(unit), isSample: false };
  };
  const { d } = pathOf([sourceX, sourceY], [targetX, targetY], undefined, undefined);
  return (
    <>
      <path ref={path} d={d} className={selected ? "react-flow__edge-path weight selected" : "react-flow__edge-path weight"}
        data-testid={`weight-${id}`} />
      <path d={d} className="react-flow__edge-interaction" fill="none" strokeOpacity={0} strokeWidth={REACH} />
    </>
  );
});
