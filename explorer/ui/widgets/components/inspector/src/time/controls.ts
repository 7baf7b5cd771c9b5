// The buttons of a film: play, its speed, and whether it begins again.

import type { Words } from "../contract";
import { button, make } from "../dom";
import { type Player, SPEEDS } from "./player";

export class PlayControls {
  readonly play = button("▶", "", () => this.player.toggle());
  readonly speed = make("select", "time-speed");
  readonly loop = button("↻", "", () => { this.player.loops = !this.player.loops; this.show(); });
  private words: Words = {};

  constructor(private readonly player: Player) {
    this.speed.replaceChildren(...SPEEDS.map((speed) => new Option(`${speed}×`, String(speed))));
    this.speed.value = "1";
    this.speed.addEventListener("change", () => { this.player.speed = Number(this.speed.value); });
  }

  update(words: Words): void {
    this.words = words;
    for (const [element, name] of [[this.speed, words.speed!], [this.loop, words.loop!]] as const) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    this.show();
  }

  show(): void {
    const { playing, loops } = this.player;
    this.play.textContent = playing ? "❚❚" : "▶";
    this.play.title = playing ? this.words.pause! : this.words.play!;
    this.play.setAttribute("aria-label", this.play.title);
    this.loop.setAttribute("aria-pressed", String(loops));
  }
}
