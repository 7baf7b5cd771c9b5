// How attributions are shown, chosen once for all panels and both sides of the swipe; kept while the browser's tab is open.

const NAME = "layerscope.attribution";

export type Value = string | number | boolean;
export interface Chosen {
  prepared: boolean;
  scale: "own" | "shared";
  sign: "signed" | "magnitude";
  isOver: boolean;         // the input is beneath
  strength: number;        // of the colors over it, 0 to 1
  channel: number;         // -1 for the sum of all
  isSorted: boolean;       // bars, by their size
  options: Record<string, Record<string, Value>>;  // by network and method, those that were changed
}
export interface Spot { row: number; column: number }  // of the input: a pixel, or a token or feature by its column

const FIRST: Chosen = { prepared: true, scale: "own", sign: "signed", isOver: true, strength: 0.75, channel: -1, isSorted: true, options: {} };

class Choices {
  chosen: Chosen = restore();
  pointed: Spot | null = null;
  pinned: Spot | null = null;
  private readonly listeners = new Set<() => void>();

  get spot(): Spot | null {
    return this.pointed ?? this.pinned;
  }

  choose(change: Partial<Chosen>): void {
    this.chosen = { ...this.chosen, ...change };
    keep(this.chosen);
    this.tell();
  }

  optionsOf(network: string, method: string): Record<string, Value> {
    return this.chosen.options[`${network}/${method}`] ?? {};
  }

  setOptions(network: string, method: string, values: Record<string, Value>): void {
    this.choose({ options: { ...this.chosen.options, [`${network}/${method}`]: values } });
  }

  point(spot: Spot | null): void {
    if (isSame(spot, this.pointed)) return;
    this.pointed = spot;
    this.tell();
  }

  pin(spot: Spot | null): void {
    this.pinned = spot;
    this.tell();
  }

  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

const isSame = (a: Spot | null, b: Spot | null): boolean => a === b || (a !== null && b !== null && a.row === b.row && a.column === b.column);

function keep(chosen: Chosen): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(chosen));
  } catch {
    // The browser keeps nothing, or no more.
  }
}

function restore(): Chosen {
  try {
    return { ...FIRST, ...JSON.parse(sessionStorage.getItem(NAME) ?? "{}") };
  } catch {
    return FIRST;
  }
}

export const choices = new Choices();
