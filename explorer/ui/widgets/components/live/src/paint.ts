// One frame for all parts of the page: what changed asks to be painted, and is painted once.

const waiting = new Map<object, { part: string; paint: () => void }>();
export const painted: Record<string, number> = {};
let lastCostMs = 0;

export function paintSoon(owner: object, part: string, paint: () => void): void {
  if (!waiting.size) requestAnimationFrame(paintAll);
  waiting.set(owner, { part, paint });
}

export function paintNever(owner: object): void {
  waiting.delete(owner);
}

// How long the last frame took the main thread, in ms.
export function paintCost(): number {
  return lastCostMs;
}

function paintAll(): void {
  const start = performance.now(), now = [...waiting.values()];
  waiting.clear();
  for (const { part, paint } of now) {
    try {
      paint();
      painted[part] = (painted[part] ?? 0) + 1;
    } catch (error) {
      console.warn(`layerscope: ${part}`, error);  // the others are painted all the same
    }
  }
  queueMicrotask(() => { lastCostMs = performance.now() - start; });  // after those in which uPlot paints
}
