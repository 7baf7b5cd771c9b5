// What is filmed, which of a node's maps, and on which scale.

import type { Words } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Store } from "../store";
import type { Film, What } from "./contract";

interface Acts { what: () => void; scale: () => void; film: () => Film | null }

export class Controls {
  readonly element = make("div", "film-controls");
  private readonly select = make("select");
  private readonly scale = make("select");
  private readonly back = button("‹", "", () => this.move(-1));
  private readonly on = button("›", "", () => this.move(1));
  private readonly said = make("span", "film-said");
  private words: Words = {};

  constructor(private readonly store: Store, private readonly acts: Acts) {
    this.select.dataset.testid = "film-what";
    this.scale.dataset.testid = "film-scale";
    this.select.addEventListener("change", () => acts.what());
    this.scale.addEventListener("change", () => acts.scale());
    this.element.append(this.select, this.back, this.said, this.on, this.scale);
  }

  get what(): What {
    return (this.select.value || "kernels") as What;
  }

  get isFixed(): boolean {
    return this.scale.value !== "each";
  }

  // Whether there are more tiles than are shown.
  isPart(): boolean {
    const film = this.acts.film();
    return film?.what === "kernels" && film.total.reduce((a, b) => a * b, 1) > film.frames.shape[1]!;
  }

  update(words: Words): void {
    this.words = words;
    for (const [select, name, options] of [[this.select, words.filmed!, [["kernels", words.kernels!], ["map", words.map!]]],
      [this.scale, words.scale!, [["all", words.scale_all!], ["each", words.scale_each!]]]] as const) {
      const chosen = select.value;
      select.replaceChildren(...options.map(([value, title]) => new Option(title, value)));
      select.value = chosen || options[0]![0]!;
      select.title = name;
      select.setAttribute("aria-label", name);
    }
    for (const [element, name] of [[this.back, words.previous_map!], [this.on, words.next_map!]] as const) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    this.show();
  }

  show(): void {
    const film = this.acts.film(), hasMaps = film?.what === "map" && film.place.length > 0;
    for (const element of [this.back, this.said, this.on]) element.style.visibility = hasMaps ? "" : "hidden";
    if (hasMaps) setText(this.said, fill(this.words.map_of!, { map: film.place.join(", "), count: film.total.join("×") }));
  }

  private move(by: number): void {
    const film = this.acts.film();
    if (!film) return;
    const count = film.total.reduce((a, b) => a * b, 1), flat = film.place.reduce((at, each, axis) => at * film.total[axis]! + each, 0);
    this.store.set({ unit: unravel((flat + by + count) % count, film.total) });
  }
}

function unravel(flat: number, shape: number[]): number[] {
  const found: number[] = [];
  for (const size of [...shape].reverse()) {
    found.unshift(flat % size);
    flat = Math.floor(flat / size);
  }
  return found;
}
