// The Operation view: what goes in, the parameters, the arithmetic, the result; of a run's node or of an operation from Python.

import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import type { Answer } from "../question";
import { type Item, unpack } from "../../../common/results";
import { size } from "../rules/arrays";
import { isExplained } from "../rules";
import type { Explanation, Operation } from "../rules/contract";
import { download, save } from "../scene";
import type { Store } from "../store";
import { readMessage } from "../../../common/tensors";
import { Foot } from "./foot";
import { Head } from "./head";
import { Notice } from "./notice";
import { countUnits, fullShape, moved, nearestUnit, placeOf, unitAt } from "./unit";
import { View } from "./view";
import { Written } from "./written";

const RESTING_MS = 250;

export const makeOperation: MakePart = (host, data, _trigger, store) => new OperationPart(host, data, store);

class OperationPart implements Part {
  private readonly view: View;
  private readonly head: Head;
  private readonly foot: Foot;
  private readonly line = new Written();
  private readonly notice = new Notice();
  private readonly spoken = make("p", "operation-spoken");
  private readonly changed = make("p", "operation-changed");
  private readonly observer = new ResizeObserver(() => this.view.paintSoon());
  private readonly ends: (() => void)[] = [];
  private resting = 0;
  private misses = false;  // a unit that is not there is explained

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.view = new View(data);
    this.head = new Head(data, store, (format) => void this.save(format));
    this.foot = new Foot(data, {
      count: () => (this.view.operation ? countUnits(this.view.operation) : 1), show: (place) => this.view.pin(place, false), rest: () => this.rest(),
      steps: () => (this.view.operation ? this.view.explanation().steps.length : 1), step: (shown) => { this.view.shown = shown; this.view.paintSoon(); },
    });
    const body = make("div", "operation-body");
    body.append(this.view.canvas, this.notice.element);
    this.spoken.setAttribute("aria-live", "polite");
    host.append(this.head.element, this.changed, body, this.line.element, this.foot.element, this.spoken);
    this.observer.observe(this.view.canvas);
    this.view.onPin = (unit) => this.pinned(unit);
    this.view.onPaint = (explanation) => this.painted(explanation);
    this.view.canvas.addEventListener("keydown", (event) => this.key(event));
    this.update(data);
    if (data.options.operation) this.show(readOperation(data.options.operation));
    else this.follow();
  }

  private follow(): void {
    this.notice.show(this.store.look.node || !this.store.look.run ? this.data.words.waiting! : this.data.words.no_node!);
    this.ends.push(this.store.follow(this.data.probe || "operation", () => this.optionsFor(this.store.look), (answer, look) => this.answered(answer, look)),
      this.store.watch((look, changed) => {
        if (!changed.includes("unit")) return;
        this.view.pinned = look.unit;
        if (this.misses && !this.isMissing(look)) this.found();
        this.view.paintSoon();
      }));
    this.view.pinned = this.store.look.unit;
  }

  private answered({ results, sentence }: Answer, { unit }: Look): void {
    const found = results.find(({ type }) => type === "Operation") as Operation | undefined;
    if (!found) return unit === this.store.look.unit ? this.refused(sentence) : undefined;  // else the next one is on its way
    this.found();
    this.show(found);
    if (found.unit && this.isMissing(this.store.look)) this.store.set({ unit: found.unit.unit }, false);  // a part of an index, completed: no step of its own on the way back
    if (this.isMissing(this.store.look)) void this.store.ask("operation", this.optionsFor(this.store.look)!).then((answer) => this.refused(answer.sentence), () => {});
  }

  // What is not shown, with the way to the nearest unit where that is what is missing.
  private refused(sentence: string): void {
    const { look } = this.store, { words } = this.data;
    if (!this.isMissing(look)) return this.notice.show(sentence);
    this.misses = true;
    const nearest = nearestUnit(look.unit!, this.view.operation!);
    this.notice.show(sentence, nearest ? fill(words.nearest!, { unit: nearest.join(", ") }) : words.strongest!, () => this.store.set({ unit: nearest }));
  }

  private found(): void {
    this.misses = false;
    this.notice.hide();
  }

  // With the unit where the browser cannot compute it, or there is none.
  private optionsFor({ node, unit }: Look): { node: string; unit?: number[] } | null {
    const { operation } = this.view, asks = unit && operation?.node === node && (placeOf(unit, operation) === null || !isExplained(operation, unit));
    return node ? { node, ...(asks ? { unit } : {}) } : null;
  }

  private isMissing({ node, unit }: Look): boolean {
    const { operation } = this.view;
    return unit !== null && operation?.node === node && placeOf(unit, operation) === null;
  }

  private show(operation: Operation): void {
    this.view.show(operation);
    const full = fullShape(operation.output);
    setText(this.changed, operation.notice ?? "");
    this.changed.hidden = !operation.notice;
    this.head.show(operation.node, [operation.block, full.join("×")].filter(Boolean).join(" · "));
    this.view.canvas.setAttribute("aria-label", fill(this.data.words.canvas!, { node: operation.node, block: operation.block, count: size(full) }));
  }

  private pinned(unit: number[] | null): void {
    if (!this.data.options.operation) this.store.set({ unit });
    this.speak();
  }

  private rest(): void {
    if (this.view?.operation && this.view.pinned) this.pinned(this.view.pinned);
  }

  private speak(): void {
    const explanation = this.view.explanation(), { words } = this.data;
    setText(this.spoken, fill(words.spoken!, { unit: explanation.unit.join(", "), value: formatNumber(explanation.value), line: explanation.line }));
  }

  private painted(explanation: Explanation): void {
    const { words } = this.data, unit = explanation.unit.length ? fill(words.unit!, { unit: explanation.unit.join(", ") }) : "";
    const text = `${unit}  ${explanation.line ? this.view.line() : `${this.view.operation!.is_reduced ? "≈" : "="} ${formatNumber(explanation.value)}`}`;
    this.view.canvas.dataset.unit = explanation.unit.join();
    if (!explanation.line) this.askSoon(explanation.unit);
    this.line.show(text);
    this.foot.show(this.view.flat, this.view.shown);
  }

  // A unit that the pointer rests on, where the browser cannot compute it.
  private askSoon(unit: number[]): void {
    const { operation } = this.view, { node } = this.store.look;
    clearTimeout(this.resting);
    if (this.data.options.operation) return;
    this.resting = window.setTimeout(async () => {
      const { results } = await this.store.ask("operation", { node, unit }).catch(() => ({ results: [] as Item[] }));
      const found = (results[0] as Operation | undefined)?.unit;
      if (found && this.view.operation === operation) this.view.learn(found);
    }, RESTING_MS);
  }

  private key(event: KeyboardEvent): void {
    const { operation } = this.view;
    if (!operation || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, [number, number]> = { ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [2, -1], ArrowDown: [2, 1], PageUp: [3, -1], PageDown: [3, 1] };
    const move = moves[event.key], acts: Record<string, () => void> = {
      Escape: () => this.view.pin(null), Enter: () => this.view.pin(this.view.flat), " ": () => this.foot.film.toggle(),
      "+": () => this.foot.stepBy(1), "-": () => this.foot.stepBy(-1),
    };
    if (!move && !acts[event.key]) return;
    event.preventDefault();
    if (move) this.view.pin(moved(this.view.flat, ...move, operation));
    else acts[event.key]!();
  }

  private async save(format: "png" | "svg" | "npz"): Promise<void> {
    const { scene, operation } = this.view;
    const name = `${operation?.node || "operation"} ${unitAt(this.view.flat, operation!).join("-")}`;
    if (format !== "npz") return void (scene && save(scene, format, name));
    const { bytes } = await this.store.ask("operation", { node: this.store.look.node, unit: this.view.pinned }, { format: "npz" });
    if (bytes) download(new Blob([bytes]), `${name}.npz`);
  }

  update(data: PartData): void {
    const replaced = data.options.operation && data.options.operation !== this.data.options.operation;
    this.data = data;
    this.view.update(data);
    this.head.update(data);
    this.foot.update(data);
    if (replaced) this.show(readOperation(data.options.operation));
  }

  end(): void {
    this.observer.disconnect();
    clearTimeout(this.resting);
    this.foot.end();
    for (const end of this.ends) end();
  }
}

// An operation that Python sent along, packed as the server's answers are.
export function readOperation(packed: string): Operation {
  const { meta, tensors } = readMessage(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)).buffer);
  return unpack(meta.results, tensors)[0];
}
