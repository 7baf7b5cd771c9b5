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

export function useStored<T extends object, V>(store: Store<T>, choose: (state: T) => V): V {
  return useSyncExternalStore(store.subscribe, () => choose(store.state));
}
