// What Streamlit calls: on every run of the app, and again when the theme changes. The first call in an element makes
// the part there, later ones bring its words, colors and options; what was drawn stays.

import { makeAnswer } from "./answer";
import { makeAttention } from "./attention";
import attentionStyle from "./attention/attention.css";
import { makeAttributed } from "./attributed";
import attributedStyle from "./attributed/attributed.css";
import { makeAttribution } from "./attribution";
import attributionStyle from "./attribution/attribution.css";
import { withBeside } from "./beside";
import besideStyle from "./beside/beside.css";
import { swipeOver } from "./beside/over";
import { swipe } from "./beside/swipe";
import { makeBackward } from "./backward";
import backwardStyle from "./backward/backward.css";
import type { MakePart, Part, PartData, Trigger } from "./contract";
import flowStyle from "./flow/flow.css";
import { makeFlow } from "./flow";
import { makeEdited } from "./edited";
import { dress } from "./dress";
import { makeFilm } from "./film";
import filmStyle from "./film/film.css";
import { makeHistograms } from "./histograms";
import histogramsStyle from "./histograms/histograms.css";
import inputStyle from "./input/input.css";
import { makePanel } from "./input/panel";
import { makeStrip } from "./input/strip";
import { makeInside } from "./inside";
import { makeMaps } from "./maps";
import mapsStyle from "./maps/maps.css";
import { makeOf } from "./of";
import ofStyle from "./of/of.css";
import { makeKernels } from "./kernels";
import { responseOf } from "./kernels/frequency";
import kernelsStyle from "./kernels/kernels.css";
import { makeOperation, readOperation } from "./operation";
import operationStyle from "./operation/operation.css";
import { makePath } from "./path";
import pathStyle from "./path/path.css";
import { explain, unitsReading } from "./rules";
import { cellsOf } from "./rules/arrays";
import { makeRollout } from "./rollout";
import rolloutStyle from "./rollout/rollout.css";
import { paint, save, toSvg } from "./scene";
import { besideStore, store } from "./store";
import style from "./style.css";
import { makeIntervened } from "./what_if/banner";
import { makePatching } from "./what_if/patching";
import { makeSilence } from "./what_if/silence";
import whatIfStyle from "./what_if/what_if.css";
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
  kernelsStyle,
  attentionStyle,
  rolloutStyle,
  attributionStyle,
  filmStyle,
  histogramsStyle,
  whatIfStyle,
  attributedStyle,
  attentionStyle,
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
  kernels: withBeside(makeKernels),
  edited: makeEdited,
  intervened: makeIntervened,
  silence: makeSilence,
  patching: makePatching,
  attention: withBeside(makeAttention),
  rollout: withBeside(makeRollout),
  attribution: withBeside(makeAttribution),
  film: withBeside(makeFilm),
  histograms: withBeside(makeHistograms),
  attributed: makeAttributed,
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
      dress(found.elements[1]!, data.look, data.height_px, data.options.above_px);
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
  dress(host, data.look, data.height_px, data.options.above_px);
  const made: Mounted = { part: null!, kind, drawn, trigger, elements: [sheet, host] };
  made.part = MAKERS[data.part]!(host, data, (name, value) => made.trigger(name, value), store);
  mounted.set(parent, made);
}

function end(parent: HTMLElement): void {
  const found = mounted.get(parent);
  mounted.delete(parent);
  found?.part.end();
  for (const element of found?.elements ?? []) element.remove();
}

const scene = { paint, toSvg, save };
const inspector = {
  mount,
  store,
  besideStore,
  swipe,
  swipeOver,
  scene,
  explain,
  unitsReading,
  cellsOf,
  readOperation,
  responseOf,
};

declare global {
  var layerscopeInspector: typeof inspector;
}
globalThis.layerscopeInspector = inspector;
dispatchEvent(new Event("layerscope-inspector"));
