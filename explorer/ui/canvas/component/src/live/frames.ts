// One moment of a run: the maps of its units and the weights between them, as the live bundle hands them over.

export interface Values {
  data: ArrayLike<number>;
  shape: number[];
}

export interface View {
  step: number;
  items: ({ type: string } & Record<string, unknown>)[];
}

interface LiveBundle {
  watch(runId: string, listener: (news: { view: View | null }) => void): () => void;
}

declare global {
  var layerscopeLive: LiveBundle | undefined;
}

// Maps of one column or block: (map, height, width). `limit` is the largest magnitude, the end of the color scale.
export interface Grid {
  values: Values;
  signed: boolean;
  limit: number;
}

export interface Layer {
  source: string;
  target: string;
  parameter: string;
  weight: Values;  // (target unit, source unit)
  bias: Values;    // (target unit,), or empty
}

export interface Frame {
  grids: ReadonlyMap<string, Grid>;
  layers: ReadonlyMap<string, Layer>;  // by `layerKey`
}

export const layerKey = (source: string, target: string): string => `${source}>${target}`;

// Calls with each new view of the run, from when the live bundle is there.
export function watch(runId: string, listener: (view: View) => void): () => void {
  let stop = () => {}, over = false;
  const start = () => {
    if (!over) stop = globalThis.layerscopeLive!.watch(runId, ({ view }) => { if (view) listener(view); });
  };
  if (globalThis.layerscopeLive) start();
  else addEventListener("layerscope-live", start, { once: true });
  return () => {
    over = true;
    removeEventListener("layerscope-live", start);
    stop();
  };
}

export function readFrame(view: View): Frame {
  const grids = new Map<string, Grid>(), layers = new Map<string, Layer>();
  for (const item of view.items) {
    if (item.type === "ImageGrid" && isOf(item.values, 3)) {
      grids.set(String(item.title), { values: item.values, signed: item.signed === true, limit: limitOf(item.values.data) });
    } else if (item.type === "LayerWeights" && isOf(item.weight, 2) && isOf(item.bias, 1)) {
      const layer = item as unknown as Layer;
      layers.set(layerKey(layer.source, layer.target), layer);
    }
  }
  return { grids, layers };
}

function isOf(found: unknown, axes: number): found is Values {
  const values = found as Values | undefined;
  return values?.shape?.length === axes && values.data.length === values.shape.reduce((a, b) => a * b, 1);
}

// As ImageGrid.limit: 1 where all is zero.
function limitOf(data: ArrayLike<number>): number {
  let limit = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]);
    if (size > limit && size !== Infinity) limit = size;
  }
  return limit || 1;
}
