// A part of the page: it is made once for an element, gets news of its run, and newer words and colors from Python.

import type { LiveData } from "./contract";
import type { News } from "./feed";

export interface Part {
  receive(news: News): void;
  update(data: LiveData): void;
  end(): void;
}

export type Trigger = (name: "state" | "sample", value: unknown) => void;

export type MakePart = (host: HTMLElement, data: LiveData, trigger: Trigger) => Part;
