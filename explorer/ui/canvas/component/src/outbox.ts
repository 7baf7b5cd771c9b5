// Messages on their way to Python. Streamlit merges trigger values and the last one wins, so every batch holds all
// that was not acknowledged yet; Python knows by the numbers what it has already handled.

import type { GraphMessage, Message, Sent } from "./contract";

const RETRY_MS = 10_000;
const MAX_RETRY_MS = 160_000;

type Numbered = Message & { seq: number };

export class Outbox {
  readonly instance = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
  trigger: (sent: Sent) => void = () => {};
  private waiting: Numbered[] = [];
  private last = 0;
  private flushed = 0;
  private due = false;
  private retry: ReturnType<typeof setTimeout> | undefined;

  put(message: Message): void {
    const before = this.waiting.at(-1);
    if (before && before.seq > this.flushed && replaces(message, before)) {
      this.waiting[this.waiting.length - 1] = { ...merged(message, before), seq: before.seq };
    } else {
      this.waiting.push({ ...message, seq: ++this.last });
    }
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => this.flush(RETRY_MS));
  }

  holds(kind: Message["kind"]): boolean {
    return this.waiting.some((message) => message.kind === kind);
  }

  acknowledge(instance: string, upTo: number): void {
    if (instance !== this.instance) return;
    this.waiting = this.waiting.filter((message) => message.seq > upTo);
    if (!this.waiting.length) clearTimeout(this.retry);
  }

  close(): void {
    clearTimeout(this.retry);
    this.waiting = [];
  }

  private flush(retryMs: number): void {
    this.due = false;
    if (!this.waiting.length) return;
    this.flushed = this.last;
    this.trigger({ instance: this.instance, messages: this.waiting });
    clearTimeout(this.retry);  // a connection that broke loses a trigger without a word
    this.retry = setTimeout(() => this.flush(Math.min(2 * retryMs, MAX_RETRY_MS)), retryMs);
  }
}

function replaces(message: Message, before: Message): boolean {
  return message.kind === before.kind && (message.kind === "graph" || message.kind === "select");
}

function merged(message: Message, before: Message): Message {
  if (message.kind !== "graph" || before.kind !== "graph") return message;
  const kept = before.closing.filter(([source, target, port]) => hasEdge(message, source, target, port));
  return { ...message, closing: [...kept, ...message.closing] };
}

function hasEdge(message: GraphMessage, source: string, target: string, port: number): boolean {
  return message.edges.some((edge) => edge.source === source && edge.target === target && edge.port === port);
}
