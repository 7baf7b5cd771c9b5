// What Streamlit calls: on every run of the app, and again when the theme changes. The first call in an element makes
// the part there, later ones bring its words, colors and options; what was drawn stays.

import { makeAnswer } from "./answer";
import { withBeside } from "./beside";
import besideStyle from "./beside/beside.css";
import { swipe } from "./beside/swipe";
import { makeBackward } from "./backward";
import backwardStyle from "./backward/backward.css";
import type { MakePart, Part, PartData, Trigger } from "./contract";
import flowStyle from "./flow/flow.css";
import { makeFlow } from "./flow";
import inputStyle from "./input/input.css";
import { makePanel } from "./input/panel";
import { makeStrip } from "./input/strip";
import { makeInside } from "./inside";
import { makeMaps } from "./maps";
import mapsStyle from "./maps/maps.css";
import { makeOf } from "./of";
import ofStyle from "./of/of.css";
import { makeOperation, readOperation } from "./operation";
import operationStyle from "./operation/operation.css";
import { makePath } from "./path";
import pathStyle from "./path/path.css";
import { explain, unitsReading } from "./rules";
import { cellsOf } from "./rules/arrays";
import { paint, save, toSvg } from "./scene";
import { besideStore, store } from "./store";
import style from "./style.css";
import { makeTime } from "./time";
import { moments } from "./time/moments";

interface Component {
  parentElement: HTMLElement;
  data: PartData;
  setTriggerValue: (name: string, value: unknown) => void;
}
interface Mounted { part: Part; kind: string; drawn: string; trigger: Trigger; elements: HTMLElement[] }

const STYLES = [
  style,
  inputStyle,
  operationStyle,
  pathStyle,
  besideStyle,
  mapsStyle,
  ofStyle,
  flowStyle,
  backwardStyle,
];
const MAKERS: Record<string, MakePart> = {
  time: makeTime,
  inside: makeInside,
  answer: withBeside(makeAnswer),
  samples: makeStrip,
  input: makePanel,
  operation: withBeside(makeOperation),
  path: withBeside(makePath),
  maps: withBeside(makeMaps),
  of: makeOf,
  flow: withBeside(makeFlow),
  backward: withBeside(makeBackward),
};
// A part without a picture: it only brings the steps that a run has kept meanwhile (store.adopt), and what was recorded there.
const makeNews: MakePart = (_host, data) => {
  moments.take(data.options.moments);
  return { update({ options }) { moments.take(options.moments); }, end() {} };
};
MAKERS.news = makeNews;

const mounted = new WeakMap<HTMLElement, Mounted>();

function mount(component: Component): () => void {
  const { parentElement: parent, data } = component;
  const trigger: Trigger = (name, value) => component.setTriggerValue(name, value);
  store.adopt(data);
  const kind = `${data.part}/${data.probe}`, drawn = JSON.stringify({ ...data, first: null }), found = mounted.get(parent);
  if (!found || found.kind !== kind) {
    if (found) end(parent);
    build(parent, data, kind, drawn, trigger);
  } else {
    found.trigger = trigger;
    if (drawn !== found.drawn) {
      found.drawn = drawn;
      dress(found.elements[1]!, data);
      found.part.update(data);
    }
  }
  // Streamlit also ends a run that was overtaken; only an element that left the page is over
  return () => setTimeout(() => parent.isConnected || end(parent));
}

function build(parent: HTMLElement, data: PartData, kind: string, drawn: string, trigger: Trigger): void {
  const sheet = document.createElement("style"), host = document.createElement("div");
  sheet.textContent = STYLES.join("");
  host.className = `layerscope-inspector ${data.part}`;
  host.dataset.part = data.part;
  parent.append(sheet, host);
  dress(host, data);
  const made: Mounted = { part: null!, kind, drawn, trigger, elements: [sheet, host] };
  made.part = MAKERS[data.part]!(host, data, (name, value) => made.trigger(name, value), store);
  mounted.set(parent, made);
}

function dress(host: HTMLElement, { look, height_px }: PartData): void {
  const colors = {
    text: look.text, muted: look.muted, panel: look.panel, ground: look.background, line: look.grid, accent: look.accent,
    problem: look.problem.color, warning: look.warning.color, valid: look.valid.color,
    negative: look.diverging[0]!, positive: look.diverging[look.diverging.length - 1]!,
  };
  for (const [name, color] of Object.entries(colors)) host.style.setProperty(`--inspector-${name}`, color);
  host.style.colorScheme = look.dark ? "dark" : "light";  // of sliders and lists that the browser draws
  // beside a dark accent a browser draws the rest of a slider white
  host.style.setProperty("--inspector-slider", look.dark ? `color-mix(in srgb, ${look.accent} 55%, white)` : look.accent);
  host.style.setProperty("--inspector-scale", String(look.scale));
  host.style.setProperty("--inspector-height", height_px ? `${height_px}px` : "auto");
}

function end(parent: HTMLElement): void {
  const found = mounted.get(parent);
  mounted.delete(parent);
  found?.part.end();
  for (const element of found?.elements ?? []) element.remove();
}

declare global {
  var layerscopeInspector: {
    mount: typeof mount; store: typeof store; besideStore: typeof besideStore; swipe: typeof swipe; scene: typeof scene; explain: typeof explain; unitsReading: typeof unitsReading; cellsOf: typeof cellsOf;
    readOperation: typeof readOperation;
  };
}
const scene = { paint, toSvg, save };
globalThis.layerscopeInspector = { mount, store, besideStore, swipe, scene, explain, unitsReading, cellsOf, readOperation };
dispatchEvent(new Event("layerscope-inspector"));
