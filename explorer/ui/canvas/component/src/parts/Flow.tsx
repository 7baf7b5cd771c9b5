// React Flow, and what the mouse does there.

import {
  applyEdgeChanges, applyNodeChanges, Background, type Connection, ConnectionMode, type EdgeChange,
  type FinalConnectionState, MiniMap, type NodeChange, ReactFlow, useKeyPress, useStore,
} from "@xyflow/react";
import { useCallback, useMemo } from "react";
import { useCanvas, useEditor } from "../context";
import { checkConnection, connect, insertOnEdge, reconnect } from "../edits";
import type { Editor } from "../editor";
import { type FlowEdge, type FlowNode, portOfHandle, proposedEdge } from "../flow";
import { isLoose } from "../graph";
import { edgeUnder, nodeUnder, pointOf } from "../pointer";
import { openNode } from "../actions";
import { FAR_ZOOM, FARTHER_ZOOM, LIVE_FAR_ZOOM, MAX_ZOOM, MIN_ZOOM } from "../view";
import { beginWeight, pointWith } from "../live/pointing";
import { Card } from "./Card";
import { MapsCard } from "./MapsCard";
import { MapsEdge } from "./MapsEdge";
import { ShapeEdge } from "./ShapeEdge";
import { ColumnHead, Unit } from "./Unit";
import { WeightEdge } from "./WeightEdge";

const NODE_TYPES = { block: Card, unit: Unit, column: ColumnHead, maps: MapsCard }, EDGE_TYPES = { shape: ShapeEdge, weight: WeightEdge, maps: MapsEdge };
const MULTI_SELECTION_KEYS = ["Control", "Meta"];
const ATTRIBUTION = { hideAttribution: true };
const MANY_NODES = 200;

export function Flow() {
  const editor = useEditor();
  const nodes = useCanvas((state) => state.nodes);
  const drawn = useCanvas((state) => state.edges);
  const connecting = useCanvas((state) => state.connecting);
  const edges = useMemo(() => (connecting ? [...drawn, proposedEdge(connecting)] : drawn), [drawn, connecting]);
  const editable = useCanvas((state) => state.picture.editable);
  const minimap = useCanvas((state) => state.minimap);
  const tinted = useCanvas((state) => state.tint !== null);
  const dragging = useCanvas((state) => state.dropEdge !== null);
  const live = useCanvas((state) => state.picture.live);
  const follows = useCanvas((state) => state.picture.follows);
  const far = useStore(({ transform: [, , zoom] }) => !follows && (zoom < FARTHER_ZOOM ? "far farther" : zoom < (live ? LIVE_FAR_ZOOM : FAR_ZOOM) && "far"));
  const metaHeld = useKeyPress("Meta");
  const handlers = useMemo(() => makeHandlers(editor), [editor]);
  const start = useCallback((flow: Editor["flow"]) => {
    editor.flow = flow;
    if (editor.fitted) editor.layOutAnew();
  }, [editor]);
  return (
    <ReactFlow<FlowNode, FlowEdge>
      className={[far, tinted && "tinted", dragging && "inserting", live?.takes_weights && "takes-weights"].filter(Boolean).join(" ")}
      nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} onInit={start} {...handlers}
      nodesDraggable={editable} nodesConnectable={editable} edgesReconnectable={editable}
      nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y deleteKeyCode={null}
      multiSelectionKeyCode={MULTI_SELECTION_KEYS} connectionMode={ConnectionMode.Strict} connectionRadius={26}
      // the wheel scrolls the page, for what lies below; with Ctrl, as browsers call a pinch, or with Cmd it zooms
      preventScrolling={metaHeld}
      nodeDragThreshold={3} zoomOnDoubleClick={false} minZoom={MIN_ZOOM} maxZoom={MAX_ZOOM}
      onlyRenderVisibleElements={nodes.length > MANY_NODES} proOptions={ATTRIBUTION}>
      {!live && !follows && <Background gap={24} size={1.2} />}
      {minimap && <MiniMap pannable zoomable nodeColor={(node) => familyColor(editor, node as FlowNode)} />}
      <Arrow />
    </ReactFlow>
  );
}

function familyColor(editor: Editor, node: FlowNode): string {
  const { look } = editor.state;
  return look.families[node.data.kind.family] ?? look.muted;
}

function Arrow() {
  return (
    <svg className="defs" aria-hidden="true">
      <defs>
        <marker id="layerscope-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"
          markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" /></marker>
      </defs>
    </svg>
  );
}

function makeHandlers(editor: Editor) {
  return {
    onNodesChange: (changes: NodeChange<FlowNode>[]) => {
      editor.store.set({ nodes: applyNodeChanges(changes, editor.state.nodes) });
      if (changes.some((change) => change.type === "select")) editor.sendSelection();
    },
    onEdgesChange: (changes: EdgeChange<FlowEdge>[]) => {
      editor.store.set({ edges: applyEdgeChanges(changes, editor.state.edges) });
    },
    onMoveStart: (event: unknown) => { if (event) editor.fitted = false; },
    // of several selected nodes the one that is clicked stays
    onNodeClick: ({ ctrlKey, metaKey, shiftKey }: React.MouseEvent, node: FlowNode) => {
      if (!ctrlKey && !metaKey && !shiftKey) editor.select([node.id]);
    },
    onNodeDoubleClick: (_: unknown, node: FlowNode) => openNode(editor, node.id),
    ...pointingHandlers(editor),
    ...dragHandlers(editor),
    ...connectionHandlers(editor),
  };
}

function pointingHandlers(editor: Editor) {
  const leave = () => { if (editor.state.pointed) editor.store.set({ pointed: null }); };
  return {
    onNodeMouseEnter: (event: React.MouseEvent, node: FlowNode) => pointWith(editor, "node", node.id, event),
    onEdgeMouseEnter: (event: React.MouseEvent, edge: FlowEdge) => pointWith(editor, "edge", edge.id, event),
    onNodeMouseLeave: leave,
    onEdgeMouseLeave: leave,
    onEdgeClick: (event: React.MouseEvent, edge: FlowEdge) => {
      pointWith(editor, "edge", edge.id, event);
      beginWeight(editor, editor.state.pointed);
    },
  };
}

function dragHandlers(editor: Editor) {
  const stop = (event: MouseEvent | TouchEvent | React.MouseEvent, node: FlowNode | null) => {
    const { dropEdge } = editor.state;
    if (node && dropEdge) editor.edit(insertOnEdge(editor.graph, node.id, dropEdge), pointOf(event));
    else editor.placeByHand();
  };
  const start = (nodes: FlowNode[]) => editor.straighten(new Set(nodes.map((node) => node.id)));
  return {
    onNodeDragStart: (_: unknown, __: FlowNode, nodes: FlowNode[]) => start(nodes),
    onNodeDrag: (event: MouseEvent | TouchEvent | React.MouseEvent, node: FlowNode, nodes: FlowNode[]) => {
      const edge = nodes.length === 1 && node.data.kind.inputs.length && isLoose(editor.graph, node.id)
        ? edgeUnder(editor, pointOf(event), node.id) : null;
      if (edge !== editor.state.dropEdge) editor.store.set({ dropEdge: edge });
    },
    onNodeDragStop: stop,
    onSelectionDragStart: (_: unknown, nodes: FlowNode[]) => start(nodes),
    onSelectionDragStop: (event: React.MouseEvent) => stop(event, null),
  };
}

function connectionHandlers(editor: Editor) {
  let moved: string | null = null;
  return {
    isValidConnection: ({ source, target }: Connection | FlowEdge) => {
      const { graph } = editor;
      const edges = moved ? graph.edges.filter((_, i) => editor.state.edges[i].id !== moved) : graph.edges;
      return checkConnection({ ...graph, edges }, editor.state.words, source, target) === null;
    },
    onConnect: ({ source, sourceHandle, target, targetHandle }: Connection) => {
      const port = portOfHandle(targetHandle), source_port = portOfHandle(sourceHandle);
      editor.edit(connect(editor.graph, editor.state.words, source, target, port, source_port));
      editor.stage?.focus({ preventScroll: true });  // a drag from a port does not bring the keys along
    },
    onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      if (moved || state.isValid || !state.fromNode || !state.fromHandle) return;
      const at = pointOf(event), body = state.toNode?.id ?? nodeUnder(editor, at);
      if (!body) return;
      const { graph, state: { words } } = editor;
      const forward = state.fromHandle.type === "source";
      const from = state.fromNode.id, port = portOfHandle(state.fromHandle.id);
      if (forward) editor.edit(connect(graph, words, from, body, null, port), at);
      else editor.edit(connect(graph, words, body, from, port), at);
    },
    onReconnectStart: (_: unknown, edge: FlowEdge) => { moved = edge.id; },
    onReconnect: (edge: FlowEdge, { source, sourceHandle, target, targetHandle }: Connection) => {
      const port = portOfHandle(targetHandle), source_port = portOfHandle(sourceHandle);
      editor.edit(reconnect(editor.graph, editor.state.words, edge.id, source, target, port, source_port));
    },
    onReconnectEnd: (event: MouseEvent | TouchEvent, edge: FlowEdge, fixed: string, state: FinalConnectionState) => {
      moved = null;
      const at = pointOf(event), body = state.toNode?.id ?? nodeUnder(editor, at);
      if (state.isValid || !body) return;
      // `fixed` is the kind of end that stays
      const { graph, state: { words } } = editor;
      if (fixed === "source") editor.edit(reconnect(graph, words, edge.id, edge.source, body, null, edge.data!.source_port), at);
      else editor.edit(reconnect(graph, words, edge.id, body, edge.target, edge.data!.port), at);
    },
  };
}
