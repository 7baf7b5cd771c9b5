// One feed a run, shared by all who watch it: its numbers and its view, asked for while somebody listens.

import { VERSION } from "./contract";
import { Loop } from "./loop";
import { Received, type Numbers } from "./received";
import { readView, type View } from "./results";
import { readMessage } from "../../common/tensors";

export type Line = "waiting" | "fine" | "reconnecting" | "gone" | "outdated" | "refused";
export interface News { numbers: Numbers | null; view: View | null; line: Line; sentence: string }
export type Listener = (news: News) => void;

const TIMEOUT_MS = 30_000, QUIET_MS = 3000, LONGEST_SENTENCE = 300;
const feeds = new Map<string, Feed>();

let language = "en";  // of the page, as it was last drawn

export function speak(wanted: string): void {
  language = wanted;
}

export function watch(run: string, listener: Listener, wantsView = true): () => void {
  const feed = feeds.get(run) ?? new Feed(run);
  feeds.set(run, feed);
  feed.add(listener, wantsView);
  return () => {
    feed.remove(listener);
    if (!feed.watched) feeds.delete(run);
  };
}

// Python has drawn the page again: a run that was over may go on.
export function askAgain(run: string): void {
  feeds.get(run)?.resume();
}

class Feed {
  private news: News = { numbers: null, view: null, line: "waiting", sentence: "" };
  private received = new Received();
  private listeners = new Map<Listener, boolean>();
  private numbers = new Loop((signal) => this.askNumbers(signal), () => this.failed());
  private view = new Loop((signal) => this.askView(signal), () => {});
  private stamp = "";
  private over = false;
  private wake = () => {
    if (document.visibilityState === "hidden") return;
    this.numbers.wake();
    this.view.wake();
  };

  constructor(private run: string) {}

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  add(listener: Listener, wantsView: boolean): void {
    if (!this.watched) {
      document.addEventListener("visibilitychange", this.wake);
      addEventListener("online", this.wake);
    }
    this.listeners.set(listener, wantsView);
    if (this.news.line !== "waiting") this.hand(listener);
    this.resume();
  }

  remove(listener: Listener): void {
    this.listeners.delete(listener);
    if (![...this.listeners.values()].includes(true)) this.view.stop();
    if (this.watched) return;
    this.numbers.stop();
    document.removeEventListener("visibilitychange", this.wake);
    removeEventListener("online", this.wake);
  }

  resume(): void {
    this.numbers.start();
    if ([...this.listeners.values()].includes(true)) this.view.start();
  }

  private async askNumbers(signal: AbortSignal): Promise<number | null> {
    const answer = await this.get("numbers", this.received.cursor, signal);
    const refused = lineOf(answer);
    if (refused) return this.stop(refused, await sentenceOf(answer));
    if (answer.status === 204) return nextMs(answer);
    if (answer.status !== 200) throw new Error(String(answer.status));
    const body = await answer.arrayBuffer();
    let numbers: Numbers;
    try {
      numbers = this.received.receive(readMessage(body));
    } catch (damaged) {
      this.received.forget();  // from the start, next time
      throw damaged;
    }
    if (signal.aborted) return null;
    this.over = numbers.meta.end;
    this.tell({ numbers, line: "fine", sentence: "" });
    if (this.over) this.view.wake();
    return this.over ? null : nextMs(answer);
  }

  private async askView(signal: AbortSignal): Promise<number | null> {
    const last = this.over, answer = await this.get("view", this.stamp, signal);
    if (lineOf(answer)) return null;  // the numbers bring the sentence
    if (answer.status !== 204) {
      if (answer.status !== 200) throw new Error(String(answer.status));
      const view = readView(readMessage(await answer.arrayBuffer()));
      if (signal.aborted) return null;
      this.stamp = view.stamp;
      this.tell({ view });
    }
    return last ? null : nextMs(answer);
  }

  private get(what: string, since: string, signal: AbortSignal): Promise<Response> {
    const query = new URLSearchParams({ version: String(VERSION), language, since });
    const url = `${pageFolder()}/layerscope/live/${encodeURIComponent(this.run)}/${what}?${query}`;
    return fetch(url, { cache: "no-store", signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  }

  private stop(line: Line, sentence: string): null {
    this.view.stop();
    this.tell({ line, sentence });
    return null;
  }

  private failed(): void {
    if (performance.now() - this.numbers.failedSince > QUIET_MS) this.tell({ line: "reconnecting" });
  }

  private tell(change: Partial<News>): void {
    this.news = { ...this.news, ...change };
    for (const listener of [...this.listeners.keys()]) this.hand(listener);
  }

  private hand(listener: Listener): void {
    try {
      listener(this.news);
    } catch (error) {
      console.warn("layerscope: live", error);  // the others get it all the same
    }
  }
}

// https://host/base/train -> /base; Home's address is the folder itself
function pageFolder(): string {
  return location.pathname.replace(/\/[^/]*$/, "");
}

// Why there will be no more answers; a status of its own would be an error on the browser's console.
function lineOf(answer: Response): Line | null {
  const line = answer.headers.get("X-Live-Line");
  return line === "gone" || line === "refused" || line === "outdated" ? line : null;
}

function nextMs(answer: Response): number {
  const wanted = Number(answer.headers.get("X-Next-Ms"));
  return Number.isFinite(wanted) && wanted > 0 ? wanted : 100;
}

async function sentenceOf(answer: Response): Promise<string> {
  const isText = answer.headers.get("Content-Type")?.startsWith("text/plain");
  return isText ? (await answer.text()).slice(0, LONGEST_SENTENCE) : "";
}
