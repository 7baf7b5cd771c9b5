// A node's inputs at the left and its outputs at the right; several outputs have a line each, with name and shape.

import { Handle, Position } from "@xyflow/react";
import { outputY } from "../card_size";
import { useCanvas } from "../context";
import type { NodeSummary, Kind } from "../contract";
import { shapeOf } from "../summaries";
import { inputHandle, outputHandle } from "../flow";
import { portName } from "../graph";
import { fill } from "../numbers";

export function Inputs({ kind, count, aimed }: { kind: Kind; count: number; aimed: number | null }) {
  const words = useCanvas((state) => state.words);
  return Array.from({ length: count }, (_, port) => {
    const top = `${(100 * (port + 1)) / (count + 1)}%`, name = portName(kind, port);
    return (
      <Handle key={port} id={inputHandle(port)} type="target" position={Position.Left} style={{ top }}
        className={port === aimed ? "aimed" : ""} title={fill(words.port, { name })}>
        {count > 1 && <span className="port-name">{name}</span>}
      </Handle>
    );
  });
}

export function Outputs({ kind, height, aimed }: { kind: Kind; height: number; aimed: number | null }) {
  const words = useCanvas((state) => state.words);
  return kind.outputs.map((name, port) => (
    <Handle key={port} id={outputHandle(port)} type="source" position={Position.Right}
      style={{ top: `${(100 * outputY(height, port, kind)) / height}%` }} className={port === aimed ? "aimed" : ""}
      title={kind.outputs.length > 1 ? fill(words.output_port_named, { name }) : words.output_port} />
  ));
}

export function OutputLines({ kind, summary }: { kind: Kind; summary: NodeSummary | undefined }) {
  if (kind.outputs.length < 2) return null;
  return (
    <ul className="outputs">
      {kind.outputs.map((name, port) => {
        const shape = shapeOf(summary, port);
        return <li key={port}><bdi>{name}</bdi>{shape !== null && <span>{shape}</span>}</li>;
      })}
    </ul>
  );
}
