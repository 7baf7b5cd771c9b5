// A node: name, block, thumbnail, settings, and what is known of it in numbers.

import { type NodeProps, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import type { Facts } from "../contract";
import { amount } from "../facts";
import type { FlowNode } from "../flow";
import { nodeLabel } from "../labels";
import { percentText } from "../numbers";
import type { State } from "../state";
import { CardFacts } from "./CardFacts";
import { CardFace } from "./Face";
import { Icon } from "./icons";
import { Inputs, OutputLines, Outputs } from "./Ports";
import { CardProblems } from "./Problems";

export const Card = memo(function Card({ id, data, selected, height, positionAbsoluteX: x }: NodeProps<FlowNode>) {
  const editor = useEditor();
  const facts = useCanvas((state) => state.facts.get(id));
  const words = useCanvas((state) => state.words);
  const color = useCanvas((state) => state.look.families[data.kind.family] ?? state.look.muted);
  const preview = useCanvas((state) => state.picture.preview);
  const aimed = useCanvas((state) => aimedPort(state, id));
  const chosen = useCanvas((state) => (state.connecting?.source === id ? state.connecting.source_port : null));
  const share = useCanvas((state) => shareOf(state, id));
  const kind = facts?.kind ?? data.kind;
  useMeasuredPorts(id, `${data.ports} ${data.kind.outputs.length}`);
  const names = [
    "card", selected && "selected", kind.opens && "opens", facts?.problems.length && "noted",
    facts?.problems.some((problem) => !problem.is_hint) && "invalid", aimed !== null && "aimed",
    data.ports > 1 && "many-ports", data.kind.outputs.length > 1 && "many-outputs", facts?.change && `is-${facts.change}`,
  ];
  const style = { "--family": color, "--share": share ?? 0 } as React.CSSProperties;
  return (
    <div id={`${editor.outbox.instance}-${id}`} className={names.filter(Boolean).join(" ")} style={style} role="group"
      aria-label={nodeLabel(id, kind, facts, data.inputs, words)} data-testid={`node-${id}`}>
      <Inputs kind={data.kind} count={data.ports} aimed={aimed} />
      <Outputs kind={data.kind} height={height ?? 1} aimed={chosen} />
      <div className="head" title={`${id} · ${kind.title}`}>
        <bdi className="name">{id}</bdi>
        <bdi className="title">{kind.short || kind.title}</bdi>
      </div>
      {(preview || data.kind.faced) && (
        <div className="pictures">
          <div className="thumbnail">
            {preview && facts?.thumbnail && <img src={facts.thumbnail} alt="" draggable={false} decoding="async" />}
          </div>
          {facts?.face && <CardFace id={id} face={facts.face} words={facts.face_text} />}
        </div>
      )}
      <bdi className="settings" title={facts?.settings}>{facts?.settings}</bdi>
      {facts?.shape != null && <CardFacts facts={facts} />}
      <OutputLines kind={data.kind} facts={facts} />
      <Marks facts={facts} share={share} />
      {facts?.change && <ChangeMark facts={facts} />}
      {facts && facts.problems.length > 0 && <CardProblems node={id} x={x} problems={facts.problems} />}
    </div>
  );
});

// React Flow finds the ends of edges by ports that it has measured; a port that comes later it has not.
function useMeasuredPorts(id: string, ports: string): void {
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
  const { tint, totals } = state, facts = state.facts.get(id);
  if (!tint || !facts) return null;
  const own = amount(facts, tint);
  return own === 0 ? 0 : Math.min(1, own / (totals[tint] || own));
}

function Marks({ facts, share }: { facts: Facts | undefined; share: number | null }) {
  const words = useCanvas((state) => state.words);
  return (
    <div className="marks">
      {share !== null && <span className="mark share">{percentText(share)}</span>}
      {facts?.note && <span className="mark" data-tip={facts.note}><Icon name="note" /></span>}
      {facts?.is_output && <span className="mark">{words.output}</span>}
    </div>
  );
}

const CHANGE_SIGNS = { added: "+", removed: "−", changed: "~", moved: "↔" };

function ChangeMark({ facts }: { facts: Facts }) {
  const words = useCanvas((state) => state.words);
  const change = facts.change!;
  const text = words[`change_${change}`] + (facts.change_text && `: ${facts.change_text}`);
  return (
    <div className="change">
      <span className="mark" data-tip={facts.change_text ? text : undefined}>
        <b aria-hidden="true">{CHANGE_SIGNS[change]}</b>
        <bdi>{text}</bdi>
      </span>
    </div>
  );
}
