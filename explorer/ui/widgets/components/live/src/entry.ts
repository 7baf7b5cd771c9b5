// What Streamlit calls: on every run of the app, and again when the theme changes. The first call in an element makes
// the part there, later ones bring its look and options; what was drawn stays.

import plotStyle from "uplot/dist/uPlot.min.css";
import { makeCurves, makeRate, makeStrip } from "./charts";
import type { Component, LiveData } from "./contract";
import { askAgain, speak, watch, type Listener } from "./feed";
import { painted } from "./paint";
import type { MakePart, Part, Trigger } from "./part";
import { makeState } from "./state";
import style from "./style.css";
import { makeView } from "./view";

interface Mounted { part: Part; kind: string; run: string | null; drawn: string; trigger: Trigger; unwatch: () => void; elements: HTMLElement[] }

const MAKERS: Record<string, MakePart> = { state: makeState, curves: makeCurves, strip: makeStrip, rate: makeRate, view: makeView };
const mounted = new WeakMap<HTMLElement, Mounted>();

function mount(component: Component): () => void {
  const { parentElement: parent, data } = component, found = mounted.get(parent);
  speak(data.language);
  const key = JSON.stringify(data), trigger: Trigger = (name, value) => component.setTriggerValue(name, value);
  if (!found || found.kind !== data.part || found.run !== data.run) {
    if (found) end(parent);
    build(parent, data, key, trigger);
  } else {
    found.trigger = trigger;
    if (key !== found.drawn) {
      found.drawn = key;
      dress(found.elements[1]!, data);
      found.part.update(data);
    }
    if (data.run) askAgain(data.run);
  }
  // Streamlit also ends a run that was overtaken; only an element that left the page is over
  return () => setTimeout(() => parent.isConnected || end(parent));
}

function build(parent: HTMLElement, data: LiveData, drawn: string, trigger: Trigger): void {
  const sheet = document.createElement("style"), host = document.createElement("div");
  sheet.textContent = plotStyle + style;
  host.className = "layerscope-live";
  host.dataset.part = data.part;
  parent.append(sheet, host);
  dress(host, data);
  const made: Mounted = { part: null!, kind: data.part, run: data.run, drawn, trigger, unwatch: () => {}, elements: [sheet, host] };
  made.part = MAKERS[data.part]!(host, data, (name, value) => made.trigger(name, value));
  made.part.update(data);
  mounted.set(parent, made);
  if (data.run) made.unwatch = watch(data.run, (news) => made.part.receive(news), data.part === "view");
}

function dress(host: HTMLElement, { look, height_px }: LiveData): void {
  const colors = { text: look.text, muted: look.muted, panel: look.panel, ground: look.background, line: look.grid, accent: look.accent, warning: look.warning.color };
  for (const [name, color] of Object.entries(colors)) host.style.setProperty(`--live-${name}`, color);
  host.style.setProperty("--live-scale", String(look.scale));
  host.style.setProperty("--live-height", `${height_px}px`);
}

function end(parent: HTMLElement): void {
  const found = mounted.get(parent);
  mounted.delete(parent);
  found?.unwatch();
  found?.part.end();
  for (const element of found?.elements ?? []) element.remove();
}

declare global {
  var layerscopeLive: { mount: typeof mount; watch: (run: string, listener: Listener) => () => void; painted: Record<string, number> };
}
globalThis.layerscopeLive = { mount, watch, painted };
dispatchEvent(new Event("layerscope-live"));
