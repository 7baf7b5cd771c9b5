// The parts made of charts over steps: curves, strip, rate. Charts come and go with what the run records.

import { Chart, type Drawn } from "./chart";
import type { LiveData } from "./contract";
import { axisEnd, curveScene, describeCurves, tabulateCurves } from "./curves";
import type { News } from "./feed";
import type { MakePart, Part } from "./part";
import { make, type Scene } from "./plot";
import { describeRate, rateScene, tabulateRate } from "./rate";
import type { Numbers } from "./received";
import { sharedOf } from "./shared";
import { Strip } from "./strip";
import type { Table } from "./table";

const RATE_PARTS = 400;  // a step further is seldom a pixel further
const SLOW_MS = 400;
const NO_TABLE: Table = { title: "", columns: [], rows: [] };

interface Kind {
  title: string;
  padRight: number;
  heading(numbers: Numbers): [title: string, drawn: string, note: string];
  isEmpty(numbers: Numbers): boolean;
  scene(numbers: Numbers, heightPx: number): Scene;
  describe(numbers: Numbers): string;
  table(numbers: Numbers): Table;
  stamp(numbers: Numbers): unknown;  // the same where nothing would be drawn otherwise
  everyMs: number;  // what moves slowly is drawn seldom
  pointed?(numbers: Numbers, y: number | null): void;
  layerKey?(numbers: Numbers, by: number): void;
}

class OneChart {
  readonly chart: Chart;
  private numbers: Numbers | null = null;
  private stamp: string | null = null;
  private drawnAt = -Infinity;
  private later: number | undefined;

  constructor(private data: LiveData, name: string, private kind: Kind) {
    const table = () => (this.numbers ? this.kind.table(this.numbers) : NO_TABLE);
    this.chart = new Chart(data, sharedOf(data.run), name, kind.title, table, kind.padRight);
    this.chart.refer((y) => { if (this.numbers) this.kind.pointed?.(this.numbers, y); });
    this.chart.frame.body.addEventListener("keydown", (event) => this.key(event), true);
    this.draw();
  }

  receive(numbers: Numbers | null): void {
    this.numbers = numbers;
    const stamp = numbers && JSON.stringify(this.kind.stamp(numbers));
    clearTimeout(this.later);
    if (stamp === this.stamp) return;
    const early = this.drawnAt + this.kind.everyMs - performance.now();
    if (early > 0 && this.stamp !== null && !numbers?.meta.end) {
      this.later = setTimeout(() => this.receive(this.numbers), early);
      return;
    }
    this.stamp = stamp;
    this.draw();
  }

  update(data: LiveData, kind: Kind): void {
    [this.data, this.kind] = [data, kind];
    this.chart.update(data);
    this.draw();
  }

  end(): void {
    clearTimeout(this.later);
    this.chart.end();
  }

  private draw(): void {
    const { numbers, kind, chart, data } = this;
    this.drawnAt = performance.now();
    const heading = numbers ? kind.heading(numbers) : ([kind.title, "", ""] as const);
    chart.frame.name(heading[0], heading[1], heading[2]);
    const drawn: Drawn = numbers
      ? { scene: (heightPx) => kind.scene(numbers, heightPx), description: () => kind.describe(numbers), step: numbers.meta.step, last: numbers.meta.end, isEmpty: kind.isEmpty(numbers) }
      : { scene: () => emptyScene(data.options.epochs), description: () => "", step: 0, last: false, isEmpty: true };
    chart.show(drawn);
  }

  private key(event: KeyboardEvent): void {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (by && this.numbers && this.kind.layerKey) {
      this.kind.layerKey(this.numbers, by);
      event.preventDefault();
      this.chart.readAgain();
    }
  }
}

function emptyScene(epochs = 10): Scene {
  return { xMax: epochs, perEpoch: 1, y: () => [0, 1], log: false, yTitle: "", yTicks: { at: [], labels: [] }, draw: () => {}, points: [], read: () => [] };
}

abstract class ChartsPart implements Part {
  private shown = new Map<string, OneChart>();
  private row = make("div", "live-row");

  constructor(host: HTMLElement, protected data: LiveData) {
    host.append(this.row);
  }

  protected abstract kinds(numbers: Numbers | null): Map<string, Kind>;
  private numbers: Numbers | null = null;

  receive({ numbers }: News): void {
    this.numbers = numbers;
    this.draw((chart) => chart.receive(numbers));
  }

  update(data: LiveData): void {
    this.data = data;
    const kinds = this.kinds(this.numbers);
    this.draw((chart, name) => chart.update(data, kinds.get(name)!));
  }

  protected draw(known: (chart: OneChart, name: string) => void): void {
    const kinds = this.kinds(this.numbers);
    for (const [name, chart] of [...this.shown]) {
      if (!kinds.has(name)) {
        chart.end();
        this.shown.delete(name);
      }
    }
    for (const [name, kind] of kinds) {
      const found = this.shown.get(name);
      if (found) known(found, name);
      else this.add(name, kind);
    }
  }

  private add(name: string, kind: Kind): void {
    const made = new OneChart(this.data, name, kind), root = made.chart.frame.root;
    root.dataset.chart = name;
    this.row.append(root);
    this.shown.set(name, made);
    made.receive(this.numbers);
  }

  end(): void {
    for (const chart of this.shown.values()) chart.end();
    this.row.remove();
  }
}

class Curves extends ChartsPart {
  // One a name from the beginning, so that nothing jumps; of the rest, one for each that the run records.
  protected kinds(numbers: Numbers | null): Map<string, Kind> {
    const { names = [], rest = false, besides = [] } = this.data.options;
    const recorded = (numbers?.meta.charts ?? []).map(({ name }) => name);
    const wanted = rest ? recorded.filter((name) => !besides.includes(name)) : names;
    return new Map(wanted.map((name) => [name, this.kind(name)]));
  }

  private kind(name: string): Kind {
    const place = (numbers: Numbers) => numbers.meta.charts.findIndex((chart) => chart.name === name);
    const longest = Math.max(...Object.values(this.data.look.roles).map((role) => role.name.length));
    return {
      everyMs: 0, stamp: (numbers) => [numbers.revision, numbers.meta.end],
      title: this.data.words[`title_${name}`] ?? name, padRight: Math.round(this.data.look.scale * (16 + 6.6 * longest)),
      heading: (numbers) => {
        const chart = numbers.meta.charts[place(numbers)];
        return chart ? [chart.title, chart.drawn, chart.note] : [name, "", ""];
      },
      isEmpty: (numbers) => !numbers.raw[place(numbers)]?.length && !numbers.validation[place(numbers)]?.some(Number.isFinite),
      scene: (numbers) => (place(numbers) < 0 ? emptyScene() : curveScene(numbers, place(numbers), this.data)),
      describe: (numbers) => (place(numbers) < 0 ? this.data.words.waiting! : describeCurves(numbers, place(numbers), this.data)),
      table: (numbers) => (place(numbers) < 0 ? NO_TABLE : tabulateCurves(numbers, place(numbers), this.data)),
    };
  }
}

class Rate extends ChartsPart {
  protected kinds(): Map<string, Kind> {
    const { words, look } = this.data;
    return new Map([["rate", {
      title: words.rate_title!, padRight: Math.round(20 * look.scale),
      heading: () => [words.rate_title!, words.rate_drawn!, ""], isEmpty: (numbers) => !numbers.rate.length,
      everyMs: SLOW_MS, stamp: ({ meta, rate, rateStep }) => [Math.round((RATE_PARTS * meta.step) / (meta.total_steps || 1)), rate.length, rate.at(-1), rateStep.at(-1), meta.batches_per_epoch, meta.end],
      scene: (numbers) => rateScene(numbers, this.data), describe: (numbers) => describeRate(numbers, this.data),
      table: (numbers) => tabulateRate(numbers, this.data),
    }]]);
  }
}

class Strips extends ChartsPart {
  private strip: Strip | null = null;
  private look = "";

  protected kinds(): Map<string, Kind> {
    const { words, look } = this.data, looks = JSON.stringify(look);
    if (looks !== this.look) this.strip = new Strip(this.data);
    this.look = looks;
    const strip = this.strip!;
    return new Map([["strip", {
      title: words.strip_title!, padRight: Math.round(84 * look.scale), heading: () => [words.strip_title!, words.strip_drawn!, ""],
      everyMs: SLOW_MS, stamp: (numbers) => [numbers.stripStep.length, numbers.stripStep.at(-1), axisEnd(numbers), numbers.meta.layers.length, numbers.meta.batches_per_epoch, numbers.meta.end],
      isEmpty: (numbers) => !numbers.stripStep.length, scene: (numbers, height) => strip.scene(numbers, height),
      describe: (numbers) => strip.describe(numbers), table: (numbers) => strip.tabulate(numbers),
      pointed: (numbers, y) => strip.point(numbers, y),
      layerKey: (numbers, by) => { strip.layer = Math.max(0, Math.min(numbers.meta.layers.length - 1, (strip.layer ?? 0) + by)); },
    }]]);
  }
}

export const makeCurves: MakePart = (host, data) => new Curves(host, data);
export const makeRate: MakePart = (host, data) => new Rate(host, data);
export const makeStrip: MakePart = (host, data) => new Strips(host, data);
