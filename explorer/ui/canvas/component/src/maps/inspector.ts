// The inspector's bundle as the canvas uses it: what is looked at, and what the server answers about it.

export interface Values {
  data: ArrayLike<number>;
  shape: number[];
}

export interface Item {
  type: string;
  [field: string]: any;
}

export interface Answer {
  kind: string;
  results: Item[];
  sentence: string;
  bytes: ArrayBuffer | null;
}

export interface InspectorLook {
  run: string;
  step: number;
  shown: string;
  inside: string;
  node: string;
  unit: number[] | null;
  beside: object | null;
  [more: string]: unknown;
}

export interface InspectorStore {
  look: InspectorLook;
  set(patch: Partial<InspectorLook>): void;
  watch(listener: (look: InspectorLook, changed: string[]) => void): () => void;
  ask(probe: string, options: object, more?: object): Promise<Answer>;
  follow(probe: string, options: () => object | null, on: (answer: Answer, look: InspectorLook) => void, failed?: () => void): () => void;
  open(place: string): void;
}

export interface Inspector {
  store: InspectorStore;
  besideStore: InspectorStore;  // of the other side of the swipe
  swipe: { share: number; isLeft: boolean };
  swipeOver(view: HTMLElement, moved: () => void): () => void;
  scene?: {
    save(scene: object, format: "png" | "svg", name: string): Promise<void>;
    colorsOf(stops: string[], signed: boolean, missing: string): object;
    download(blob: Blob, name: string): void;
  };
}

declare global {
  var layerscopeInspector: Inspector | undefined;
}

// Calls once the inspector is there; the function it returns takes that back.
export function whenThere(act: (inspector: Inspector) => void): () => void {
  if (globalThis.layerscopeInspector) {
    act(globalThis.layerscopeInspector);
    return () => {};
  }
  const start = () => act(globalThis.layerscopeInspector!);
  addEventListener("layerscope-inspector", start, { once: true });
  return () => removeEventListener("layerscope-inspector", start);
}
