// Asks again and again, until there is nothing left to ask: seldom while the page is hidden, ever slower after failures.

import { paintCost } from "./paint";

const FIRST_PAUSE_MS = 500, LAST_PAUSE_MS = 8000, HIDDEN_MS = 10_000;
const WORK_SHARE = 2;  // a browser that is slow waits this many times as long as its last frame took

export class Loop {
  failedSince = 0;
  private control: AbortController | null = null;
  private wakeUp = () => {};

  // `ask` answers with the milliseconds from this question to the next, null for never; it throws where the network failed
  constructor(private ask: (signal: AbortSignal) => Promise<number | null>, private failed: () => void) {}

  get running(): boolean {
    return this.control !== null;
  }

  start(): void {
    if (this.control) return;
    this.control = new AbortController();
    void this.run(this.control);
  }

  stop(): void {
    this.control?.abort();
    this.control = null;
    this.wakeUp();
  }

  wake(): void {
    this.wakeUp();
  }

  private async run(control: AbortController): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!control.signal.aborted) {
      let wait: number | null;
      const asked = performance.now();
      try {
        wait = await this.ask(control.signal);
        this.failedSince = 0;
        pause = FIRST_PAUSE_MS;
      } catch {
        if (control.signal.aborted) return;
        this.failedSince ||= performance.now();
        this.failed();
        [wait, pause] = [pause, Math.min(2 * pause, LAST_PAUSE_MS)];
      }
      if (wait === null) break;
      const rest = wait - (performance.now() - asked);  // the pace is from one question to the next
      await this.sleep(Math.max(rest, WORK_SHARE * paintCost(), document.visibilityState === "hidden" ? HIDDEN_MS : 0));
    }
    if (this.control === control) this.control = null;
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => { clearTimeout(timer); resolve(); };
    });
  }
}
