// Attributions side by side: methods on one input, each with its error; all explain one number.

import type { Key } from "../asker";
import type { Look, MakePart, Part, PartData } from "../contract";
import { make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import type { Tensor } from "../../../common/tensors";
import type { Store } from "../store";
import { Adding } from "./adding";
import type { Wanted } from "./asking";
import { heightOfBars } from "./bars";
import { choices } from "./choices";
import { type Attribution, type Menu, type Method, MOST_METHODS, SLOW_S } from "./contract";
import { Panel } from "./panel";
import { LEGEND_PX } from "./picture";
import { type Entry, saveRow, spotWords } from "./saving";
import { sizeOf } from "./spot";
import { Target } from "./target";
import { heightOfTokens } from "./tokens";
import { type Format, Tools } from "./tools";
import { channelsOf, ownLimit, sharedLimit } from "./values";

export const makeAttribution: MakePart = (host, data, _trigger, store) => new AttributionPart(host, data, store);

const NO_PICTURE: Tensor = { data: new Float32Array(), shape: [0, 0, 0] };
const LEAST_PX = 148, MOST_PX = 240, MOST_HIGH_PX = 420, LEAST_HIGH_PX = 110, GAP_PX = 12, MEASURED_S = 2, MOST_SAMPLES = 32;

class AttributionPart implements Part {
  private readonly target: Target;
  private readonly adding = new Adding((method) => this.choose([...this.names, method]));
  private readonly tools = new Tools((format) => void this.save(format).catch(() => setText(this.line, this.data.words.unsaved!)));
  private readonly row = make("div", "attribution-row");
  private readonly note = make("p", "attribution-note");
  private readonly line = make("p", "inspector-line");
  private readonly spoken = make("p", "inspector-spoken");
  private readonly observer = new ResizeObserver(() => this.showSoon());
  private readonly ends: (() => void)[];
  private panels: Panel[] = [];
  private menu: Menu | null = null;
  private waiting = 0;

  constructor(host: HTMLElement, private data: PartData, private readonly store: Store) {
    this.target = new Target(store);
    const head = make("div", "attribution-tools");
    head.append(this.target.element, this.tools.prepared, make("span", "attribution-space"), this.adding.element);
    this.spoken.setAttribute("aria-live", "polite");
    this.note.setAttribute("role", "status");
    host.append(head, this.tools.element, this.note, this.row, this.line, this.spoken);
    this.observer.observe(this.row);
    this.update(data);
    setText(this.line, data.words.waiting!);
    this.ends = [
      store.follow(data.probe, () => ({}), (answer) => this.take(answer), () => setText(this.note, this.data.words.failed!)),
      store.watch((_look: Look, changed: Key[]) => this.follow(changed)),
      choices.watch(() => { this.want(); this.showSoon(); }),
    ];
  }

  // ---- which methods

  private get names(): string[] {
    const known = this.menu?.methods.map(({ name }) => name) ?? [], chosen = this.store.look.methods.split(",").filter((name) => known.includes(name));
    return chosen.length ? [...new Set(chosen)].slice(0, MOST_METHODS) : this.menu?.first ?? [];
  }

  private choose(names: string[]): void {
    this.store.set({ methods: names.join(",") });
  }

  private take({ results, sentence }: { results: unknown[]; sentence: string }): void {
    const menu = results[0] as Menu | undefined;
    if (!menu) {
      this.menu = null;
      this.arrange();
      return setText(this.note, sentence);
    }
    this.menu = menu;
    const unknown = this.store.look.methods.split(",").filter((name) => name && !menu.methods.some((method) => method.name === name));
    setText(this.note, unknown.length ? fill(this.data.words.unknown!, { names: unknown.join(", ").slice(0, 80) }) : "");
    this.arrange();
  }

  private arrange(): void {
    const { names } = this, methods = new Map(this.menu?.methods.map((method) => [method.name, method]));
    for (const panel of this.panels) if (!names.includes(panel.method.name)) panel.end();
    this.panels = names.map((name) => this.panelOf(methods.get(name)!));
    this.row.append(...this.panels.map(({ element }) => element).filter((element, n) => this.row.children[n] !== element));
    if (this.menu) {
      this.adding.offer(this.menu, names, this.data.words);
      this.target.offer(this.menu, this.data.words);
    }
    this.want();
    this.showSoon();
  }

  private panelOf(method: Method): Panel {
    const known = this.panels.find((panel) => panel.method.name === method.name);
    if (!known) return new Panel(this.store, this.data.options.network, method, { changed: () => this.showSoon(), close: (name) => this.choose(this.names.filter((each) => each !== name)), key: (event) => this.key(event) });
    known.method = method;
    return known;
  }

  // ---- what is asked

  private follow(changed: Key[]): void {
    if (changed.includes("methods")) return this.arrange();
    if (changed.includes("of")) this.target.show();
    this.want();
    this.showSoon();
  }

  private want(): void {
    for (const panel of this.panels) panel.want(this.wantedOf(panel.method));
  }

  private wantedOf({ name, options, cost_s, has_prepared_copy, has_error }: Method): Wanted {
    const changed = choices.optionsOf(this.data.options.network, name), given = Object.fromEntries(options.map((option) => [option.name, changed[option.name] ?? option.default]));
    const times = options.filter((option) => option.kind === "number" && /^(steps|draws)$/.test(option.name)).reduce((product, option) => product * (Number(given[option.name]) / Number(option.default)), 1);
    const costS = cost_s * times, samples = Math.min(MOST_SAMPLES, Math.floor(MEASURED_S / costS));
    const isMeasured = has_error && this.data.options.has_samples && samples > 1 && costS <= SLOW_S;
    return { options: { target: this.store.look.of, ...(has_prepared_copy ? { prepared: choices.chosen.prepared } : {}), ...given }, costS, samples: isMeasured ? samples : 0 };
  }

  // ---- what is shown

  private showSoon(): void {
    this.waiting ||= requestAnimationFrame(() => this.show());
  }

  private get found(): Attribution[] {
    return this.panels.flatMap(({ found }) => found ?? []);
  }

  private get picture(): Tensor {
    return this.menu?.picture ?? NO_PICTURE;
  }

  private show(): void {
    this.waiting = 0;
    const { clientWidth: width } = this.row, count = this.panels.length, { chosen } = choices;
    const most = Math.max(1, Math.floor((width + GAP_PX) / (LEAST_PX + GAP_PX))), columns = count ? Math.ceil(count / Math.ceil(count / most)) : 1;
    this.row.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${MOST_PX + 40}px))`;
    const each = Math.min(MOST_PX, (width - GAP_PX * (columns - 1)) / columns), { scale } = this.data.look;
    const heightPx = Math.round(this.heightOf(each) + LEGEND_PX * scale), shared = sharedLimit(this.found, chosen);
    for (const panel of this.panels) {
      const limit = panel.found ? (chosen.scale === "shared" ? shared : ownLimit(panel.found, chosen)) : 1;
      panel.show({ data: this.data, picture: this.picture, names: this.menu?.names ?? [], limit, heightPx });
    }
    this.tools.show({ isImage: this.menu?.kind === "image", isFeatures: this.menu?.kind === "features", hasPrepared: this.panels.some(({ method }) => method.has_prepared_copy), channels: Math.max(1, ...this.found.map(channelsOf)) }, this.data.words);
    setText(this.line, this.saying());
  }

  private heightOf(width: number): number {
    if (!this.menu) return MOST_PX;
    const { kind, names, picture: { data, shape } } = this.menu, { scale } = this.data.look;
    if (kind === "image") return width * (data.length ? Math.min(1, shape[1]! / shape[2]!) : 1);
    const high = kind === "tokens" ? heightOfTokens(names, width, scale) : heightOfBars(names.length || (this.found[0]?.values.shape.at(-1) ?? Infinity), scale);
    return Math.max(LEAST_HIGH_PX, Math.min(high, MOST_HIGH_PX));
  }

  private saying(): string {
    const { spot } = choices, { words } = this.data, first = this.found[0];
    if (!first) return "";
    if (!spot) return fill(words.explains!, { what: first.what });
    const place = spotWords(words, this.menu?.names[spot.column] ?? first.names[spot.column] ?? "", this.menu?.kind === "image", spot.row, spot.column);
    return [place, ...this.panels.map((panel) => panel.saying()).filter(Boolean)].join(" · ");
  }

  private key(event: KeyboardEvent): void {
    const move = ({ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] } as Record<string, [number, number]>)[event.key], first = this.found[0];
    if (!first || event.ctrlKey || event.metaKey || event.altKey || (!move && event.key !== "Escape" && event.key !== "Enter")) return;
    event.preventDefault();
    if (event.key === "Escape" || (!move && choices.pinned)) return choices.pin(null);
    const [rows, columns] = sizeOf(first, this.picture), { row, column } = choices.pinned ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
    const within = (at: number, size: number) => Math.max(0, Math.min(size - 1, at));
    choices.pin({ row: within(row + (move?.[0] ?? 0), rows), column: within(column + (move?.[1] ?? 0), columns) });
    setText(this.spoken, this.saying());
  }

  private async save(format: Format): Promise<void> {
    const entries = this.panels.flatMap((panel): Entry[] => {
      const drawing = panel.drawing();
      return drawing ? [{ title: panel.method.title, saying: panel.summary, drawing }] : [];
    });
    if (this.panels[0] && entries.length) await saveRow(format, entries, this.panels[0].paper(), this.data.words);
  }

  update(data: PartData): void {
    this.data = data;
    this.tools.update(data.words);
    if (this.menu) this.arrange();
    this.showSoon();
  }

  end(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.waiting);
    for (const end of this.ends) end();
    for (const panel of this.panels) panel.end();
  }
}
