// What all charts of a page share: the unit of the x axis, and for each run the zoom and the cursor.

export type Unit = "epochs" | "steps";
export type Change = "axis" | "cursor";

export class Shared {
  zoom: [number, number] | null = null;
  cursor: number | null = null;
  private listeners = new Set<(change: Change) => void>();

  zoomTo(range: [number, number] | null): void {
    this.zoom = range;
    this.tell("axis");
  }

  point(step: number | null): void {
    if (step === this.cursor) return;
    this.cursor = step;
    this.tell("cursor");
  }

  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}

const MOST_KEPT = 8;
const byRun = new Map<string, Shared>();
let current: Unit = "epochs";

export function sharedOf(run: string | null): Shared {
  const key = run ?? "", found = byRun.get(key) ?? new Shared();
  byRun.delete(key);
  byRun.set(key, found);  // the latest at the end
  if (byRun.size > MOST_KEPT) byRun.delete(byRun.keys().next().value!);
  return found;
}

export const unit = (): Unit => current;

export function setUnit(wanted: Unit): void {
  current = wanted;
  for (const shared of byRun.values()) shared.tell("axis");
}
