// What Streamlit calls: on every run of the app, and again when the theme changes. The first call in an element builds
// the canvas there, later ones bring news.

import { createRoot, type Root } from "react-dom/client";
import flowStyle from "@xyflow/react/dist/base.css";
import type { CanvasData, Sent } from "./contract";
import { Editor } from "./editor";
import { Canvas } from "./parts/Canvas";
import cardStyle from "./style/card.css";
import edgeStyle from "./style/edge.css";
import sketchStyle from "./style/sketch.css";
import frameStyle from "./style/frame.css";
import liveStyle from "./style/live.css";
import mapsStyle from "./style/maps.css";
import paletteStyle from "./style/palette.css";
import problemsStyle from "./style/problems.css";

interface Component {
  parentElement: HTMLElement;
  data: CanvasData;
  setTriggerValue: (name: string, value: Sent) => void;
}

interface Mounted {
  editor: Editor;
  root: Root;
  parts: HTMLElement[];
}

const PALETTE_PX = 190, STRIP_PX = 44;
const mounted = new WeakMap<HTMLElement, Mounted>();

function mount(component: Component): () => void {
  const parent = component.parentElement;
  const found = mounted.get(parent) ?? build(parent, component.data);
  found.editor.outbox.trigger = (sent) => component.setTriggerValue("sent", sent);
  found.editor.receive(component.data);
  // Streamlit also ends a run that was overtaken; only an element that left the page is over
  return () => setTimeout(() => parent.isConnected || end(parent));
}

function build(parent: HTMLElement, data: CanvasData): Mounted {
  const style = document.createElement("style"), host = document.createElement("div");
  style.textContent = [flowStyle, frameStyle, paletteStyle, cardStyle, sketchStyle, problemsStyle, edgeStyle, liveStyle, mapsStyle].join("\n");
  host.className = "layerscope-canvas";
  parent.append(style, host);
  const room = { width: Math.max(300, (host.clientWidth || 1030) - PALETTE_PX), height: data.height_px - STRIP_PX };
  const editor = new Editor(data, room);
  const root = createRoot(host);
  root.render(<Canvas editor={editor} />);
  const made = { editor, root, parts: [style, host] };
  mounted.set(parent, made);
  return made;
}

function end(parent: HTMLElement): void {
  const { editor, root, parts } = mounted.get(parent) ?? {};
  mounted.delete(parent);
  editor?.close();
  root?.unmount();
  for (const part of parts ?? []) part.remove();
}

declare global {
  var layerscopeCanvas: typeof mount;
}
globalThis.layerscopeCanvas = mount;
dispatchEvent(new Event("layerscope-canvas"));
