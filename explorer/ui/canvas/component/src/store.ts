// A value that components subscribe to in part: each is drawn again only when the part it chose is another.

import { useSyncExternalStore } from "react";

export class Store<T extends object> {
  private listeners = new Set<() => void>();

  constructor(public state: T) {}

  set(part: Partial<T>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

// What was there before where it is equal: nothing that hangs on it has to be drawn again.
export function same<T>(before: T, now: T): T {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

export function useStored<T extends object, V>(store: Store<T>, choose: (state: T) => V): V {
  return useSyncExternalStore(store.subscribe, () => choose(store.state));
}
