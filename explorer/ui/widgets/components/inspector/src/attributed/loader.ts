// The rows of a page: one first, then as many at a time as a moment allows, so that the page fills while a slow method works.

import type { Store } from "../store";
import type { Row, Rows } from "./contract";

export interface Asked { places: number[]; methods: string[]; target: string }

const MOMENT_MS = 700, AGAIN_MS = 4000;

export class Loader {
  private aborting: AbortController | null = null;
  private again = 0;

  constructor(private readonly store: Store, private readonly arrived: (rows: Row[], sentence: string, isDone: boolean) => void, private readonly failed: () => void) {}

  load(asked: Asked): void {
    this.stop();
    const aborting = new AbortController();
    this.aborting = aborting;
    this.work(asked, aborting.signal).catch(() => {
      if (aborting.signal.aborted) return;
      this.failed();
      this.again = window.setTimeout(() => this.load(asked), AGAIN_MS);
    });
  }

  private async work({ places, methods, target }: Asked, signal: AbortSignal): Promise<void> {
    const found: Row[] = [];
    let count = 1;
    while (found.length < places.length) {
      const next = places.slice(found.length, found.length + count), began = performance.now();
      const { results, sentence } = await this.store.ask(PROBE, { places: next, methods, target }, { signal });
      if (signal.aborted) return;
      const rows = results[0] as unknown as Rows | undefined;
      if (!rows) return this.arrived([], sentence, true);
      found.push(...next.map((_place, at) => ({ rows, at })));
      this.arrived([...found], "", found.length >= places.length);
      count = Math.max(1, Math.floor(MOMENT_MS / ((performance.now() - began) / next.length)));
    }
  }

  stop(): void {
    clearTimeout(this.again);
    this.aborting?.abort();
  }
}

export const PROBE = "attribution_over_samples";
