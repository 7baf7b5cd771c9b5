// An animation over places: played at a speed, stepped, scrubbed.

export const SPEEDS = [1, 4, 16, 60];  // places a second

export class Film {
  place = 0;
  speed = SPEEDS[1]!;
  private timer = 0;
  private since = 0;

  constructor(private readonly length: () => number, private readonly show: (place: number) => void, private readonly changed: () => void) {}

  get playing(): boolean {
    return this.timer !== 0;
  }

  toggle(): void {
    if (this.playing) this.stop();
    else this.play();
  }

  // One place a second at the most for people who want little to move.
  private get pace(): number {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : this.speed;
  }

  play(): void {
    if (this.place >= this.length() - 1) this.place = -1;
    this.since = performance.now();
    this.timer = requestAnimationFrame((now) => this.tick(now));
    this.changed();
  }

  stop(): void {
    if (!this.playing) return;
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.changed();
  }

  // Several places a frame where the speed asks for it.
  private tick(now: number): void {
    const due = Math.floor(((now - this.since) / 1000) * this.pace);
    if (due > 0) {
      this.since += (due * 1000) / this.pace;
      this.place = Math.min(this.place + due, this.length() - 1);
      this.show(this.place);
    }
    if (this.place >= this.length() - 1) this.stop();
    else this.timer = requestAnimationFrame((next) => this.tick(next));
  }
}
