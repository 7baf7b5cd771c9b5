// A film over a list of steps: played at a speed, once or again and again; what cannot be shown is skipped.

export const SPEEDS = [0.5, 1, 2, 4, 8];
const PER_S = 8;  // steps at speed 1

export class Player {
  speed = 1;
  loops = false;
  private timer = 0;
  private since = 0;

  // `places`: how many there are; `at`: the one shown; `isShown`: whether a place can be shown.
  constructor(private readonly places: () => number, private readonly at: () => number, private readonly go: (place: number) => void,
    private readonly changed: () => void, private readonly isShown: (place: number) => boolean = () => true) {}

  get playing(): boolean {
    return this.timer !== 0;
  }

  toggle(): void {
    if (this.playing) this.stop();
    else this.play();
  }

  play(): void {
    if (this.playing || this.places() < 2) return;
    if (this.next(this.at(), 1) === null) this.go(this.next(-1, 1) ?? 0);
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

  // One place that can be shown on or back.
  stepBy(by: 1 | -1): void {
    const to = this.next(this.at(), by);
    if (to !== null) this.go(to);
  }

  // A person who wants little to move sees a place a second at the most.
  private get pace(): number {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : PER_S * this.speed;
  }

  private tick(now: number): void {
    const due = Math.floor(((now - this.since) / 1000) * this.pace);
    if (due > 0) {
      this.since += (due * 1000) / this.pace;
      for (let i = 0; i < due; i++) this.advance();
    }
    if (this.playing) this.timer = requestAnimationFrame((next) => this.tick(next));
  }

  private advance(): void {
    const to = this.next(this.at(), 1) ?? (this.loops ? this.next(-1, 1) : null);
    if (to !== null) this.go(to);
    if (to === null || (!this.loops && this.next(to, 1) === null)) this.stop();  // at the last one, not a moment later
  }

  private next(from: number, by: 1 | -1): number | null {
    for (let place = from + by; place >= 0 && place < this.places(); place += by) if (this.isShown(place)) return place;
    return null;
  }
}
