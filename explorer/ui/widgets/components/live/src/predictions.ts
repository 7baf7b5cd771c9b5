// Samples with the network's answers: every sample keeps its place, only what changed is written anew.

import type { LiveData } from "./contract";
import { fill, percent } from "../../common/numbers";
import { make } from "./plot";
import type { Item } from "./results";
import type { Tensor } from "../../common/tensors";

interface Cell { root: HTMLButtonElement; canvas: HTMLCanvasElement; answer: HTMLElement; share: HTMLElement; truth: HTMLElement; image: string }

export class Predictions {
  readonly root = make("div", "live-predictions");
  private cells: Cell[] = [];
  private picked = 0;

  constructor(private pick: (place: number) => void) {}

  show(item: Item, data: LiveData): void {
    const entries = item.entries as Item[];
    while (this.cells.length > entries.length) this.cells.pop()!.root.remove();
    while (this.cells.length < entries.length) this.cells.push(this.add(this.cells.length));
    this.cells.forEach((cell, place) => this.offer(cell, place, data));
    entries.forEach((entry, i) => write(this.cells[i]!, entry, item.class_names ?? [], data));
  }

  // A click shows the network's maps for this sample.
  private offer({ root }: Cell, place: number, { options, words }: LiveData): void {
    root.disabled = !options.picks;
    root.title = options.picks ? words.pick! : "";
    root.setAttribute("aria-pressed", String(Boolean(options.picks) && place === this.picked));
  }

  private choose(place: number): void {
    this.picked = place;
    this.cells.forEach(({ root }, i) => root.setAttribute("aria-pressed", String(i === place)));
    this.pick(place);
  }

  private add(place: number): Cell {
    const cell: Cell = { root: make("button", "live-sample"), canvas: make("canvas", ""), answer: make("b", ""), share: make("span", "live-share"),
                         truth: make("div", "live-truth"), image: "" };
    const line = make("div", "live-answer");
    line.append(cell.answer, cell.share);
    cell.root.type = "button";
    cell.root.addEventListener("click", () => this.choose(place));
    cell.root.append(cell.canvas, line, cell.truth);
    this.root.append(cell.root);
    return cell;
  }
}

export function countRight(item: Item): [number, number] {
  const entries = item.entries as Item[];
  return [entries.filter((entry) => winner(entry) === entry.target).length, entries.length];
}

export const winner = ({ probabilities }: Item): number => {
  const odds = (probabilities as Tensor).data;
  let best = 0;
  for (let k = 1; k < odds.length; k++) if (odds[k]! > odds[best]!) best = k;
  return best;
};

function write(cell: Cell, entry: Item, names: string[], { look, words }: LiveData): void {
  const best = winner(entry), right = best === entry.target, known = entry.target !== null && entry.target !== undefined;
  const sign = right ? look.valid : look.problem, name = (index: number) => names[index] ?? String(index);
  drawImage(cell, entry.image);
  set(cell.answer, known ? `${sign.icon} ${name(best)}` : name(best));
  cell.answer.style.color = known ? sign.color : look.text;
  set(cell.share, percent(entry.probabilities.data[best] ?? NaN));
  set(cell.truth, right || !known ? "\u00a0" : fill(words.is!, { name: name(entry.target) }));
}

function set(element: HTMLElement, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

function checksum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * (1 + (i % 97));
  return sum;
}

function drawImage(cell: Cell, { data, shape }: Tensor): void {
  const [height, width, channels = 1] = shape as [number, number, number?], { canvas } = cell;
  const same = `${shape}:${checksum(data)}`;
  if (same === cell.image || !height || !width) return;
  cell.image = same;
  [canvas.width, canvas.height] = [width, height];
  const ctx = canvas.getContext("2d")!, image = ctx.createImageData(width, height), scale = data instanceof Uint8Array ? 1 : 255;
  for (let i = 0; i < width * height; i++) {
    const at = (channel: number) => scale * data[i * channels + Math.min(channel, channels - 1)]!;
    image.data.set([at(0), at(1), at(2), 255], 4 * i);
  }
  ctx.putImageData(image, 0, 0);
}
