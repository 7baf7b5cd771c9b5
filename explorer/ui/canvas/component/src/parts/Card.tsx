// A node: name, block, thumbnail, settings, and what is known of it in numbers.

import { type NodeProps, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import type { NodeSummary } from "../contract";
import { amount } from "../summaries";
import type { FlowNode } from "../flow";
import { nodeLabel } from "../labels";
import { percentText } from "../numbers";
import type { State } from "../state";
import { CardNumbers } from "./CardNumbers";
import { CardSketch } from "./Sketch";
import { Icon } from "./icons";
import { Inputs, OutputLines, Outputs } from "./Ports";
import { CardProblems } from "./Problems";
import { Maps } from "./Unit";

export const Card = memo(function Card({ id, data, selected, height, positionAbsoluteX: x }: NodeProps<FlowNode>) {
  const editor = useEditor();
  const summary = useCanvas((state) => state.summaries.get(id));
  const words = useCanvas((state) => state.words);
  const color = useCanvas((state) => state.look.families[data.kind.family] ?? state.look.muted);
  const preview = useCanvas((state) => state.picture.preview);
  const live = useCanvas((state) => state.picture.live !== null);
  const aimed = useCanvas((state) => aimedPort(state, id));
  const chosen = useCanvas((state) => (state.connecting?.source === id ? state.connecting.source_port : null));
  const share = useCanvas((state) => shareOf(state, id));
  const kind = summary?.kind ?? data.kind;
  useMeasuredPorts(id, `${data.ports} ${data.kind.outputs.length}`);
  const names = [
    "card", selected && "selected", kind.opens && "opens", summary?.problems.length && "noted",
    summary?.problems.some((problem) => !problem.is_hint) && "invalid", aimed !== null && "aimed",
    data.ports > 1 && "many-ports", data.kind.outputs.length > 1 && "many-outputs", summary?.change && `is-${summary.change}`,
  ];
  const style = { "--family": color, "--share": share ?? 0 } as React.CSSProperties;
  return (
    <div id={`${editor.outbox.instance}-${id}`} className={names.filter(Boolean).join(" ")} style={style} role="group"
      aria-label={nodeLabel(id, kind, summary, data.inputs, words)} data-testid={`node-${id}`}>
      <Inputs kind={data.kind} count={data.ports} aimed={aimed} />
      <Outputs kind={data.kind} height={height ?? 1} aimed={chosen} />
      <div className="head" title={`${id} · ${kind.title}`}>
        <bdi className="name">{id}</bdi>
        <bdi className="title">{kind.short || kind.title}</bdi>
      </div>
      {(preview || data.kind.has_sketch) && (
        <div className="pictures">
          <div className="thumbnail">
            {live && <Maps address={id} unit={null} isSample={data.block === "input"} />}
            {preview && !live && summary?.thumbnail && <img src={summary.thumbnail} alt="" draggable={false} decoding="async" />}
          </div>
          {summary?.sketch && <CardSketch id={id} sketch={summary.sketch} words={summary.sketch_text} />}
        </div>
      )}
      <bdi className="settings" title={summary?.settings}>{summary?.settings}</bdi>
      {summary?.shape != null && <CardNumbers summary={summary} />}
      <OutputLines kind={data.kind} summary={summary} />
      <Marks summary={summary} share={share} />
      {summary?.change && <ChangeMark summary={summary} />}
      {summary && summary.problems.length > 0 && <CardProblems node={id} x={x} problems={summary.problems} />}
    </div>
  );
});

// React Flow finds the ends of edges by ports that it has measured; a port that comes or moves later it has not.
export function useMeasuredPorts(id: string, ports: string): void {
  const measure = useUpdateNodeInternals();
  const measured = useRef(ports);
  useEffect(() => {
    if (measured.current !== ports) measure(id);
    measured.current = ports;
  }, [id, ports, measure]);
}

function aimedPort(state: State, id: string): number | null {
  const now = state.connecting;
  return now && now.targets[now.place] === id ? now.port : null;
}

// The node's part of what the cards are tinted by; 1 where it is the largest or sees everything.
function shareOf(state: State, id: string): number | null {
  const { tint, totals } = state, summary = state.summaries.get(id);
  if (!tint || !summary) return null;
  const own = amount(summary, tint);
  return own === 0 ? 0 : Math.min(1, own / (totals[tint] || own));
}

function Marks({ summary, share }: { summary: NodeSummary | undefined; share: number | null }) {
  const words = useCanvas((state) => state.words);
  return (
    <div className="marks">
      {share !== null && <span className="mark share">{percentText(share)}</span>}
      {summary?.note && <span className="mark" data-tip={summary.note}><Icon name="note" /></span>}
      {summary?.is_output && <span className="mark">{words.output}</span>}
    </div>
  );
}

const CHANGE_SIGNS = { added: "+", removed: "−", changed: "~", moved: "↔" };

function ChangeMark({ summary }: { summary: NodeSummary }) {
  const words = useCanvas((state) => state.words);
  const change = summary.change!;
  const text = words[`change_${change}`] + (summary.change_text && `: ${summary.change_text}`);
  return (
    <div className="change">
      <span className="mark" data-tip={summary.change_text ? text : undefined}>
        <b aria-hidden="true">{CHANGE_SIGNS[change]}</b>
        <bdi>{text}</bdi>
      </span>
    </div>
  );
}
