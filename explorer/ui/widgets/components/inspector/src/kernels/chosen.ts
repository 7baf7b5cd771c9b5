// The chosen kernel, large: its numbers, one of them to be changed by hand, and what can be done to all.

import type { PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { inkFor, makePaper } from "../operation/paper";
import { limitOf, paint, type Scene, type Shape } from "../scene";
import { BIAS, columnName, columnsOf, isMatrix, kernelAt, type Kernels, type Place, rowName, rowsOf } from "./contract";
import { responseOf } from "./frequency";
import { LARGEST, OF_A_NUMBER, PRESETS } from "./presets";

export interface Acts {
  write(place: Place, at: number, value: number, continues: boolean): void;
  apply(preset: string, ofRow: boolean): void;
  choose(place: Place, at: number): void;
  undo(): void;
  redo(): void;
  reset(): void;
}

interface Cell { place: Place; at: number; value: number }
interface Cells { high: number; wide: number; cells: Cell[]; at: number }

const SIDE = 178, SIDE_ALONE = 206, RESPONSE = 80, NEIGHBORS = 2, NUMBER_PX = 30, PER_PX = 1 / 60;

export class Chosen {
  readonly element = make("div", "kernels-chosen");
  private readonly title = make("p", "kernels-title");
  private readonly canvas = make("canvas", "kernels-large");
  private readonly response = make("canvas", "kernels-response");
  private readonly label = make("label", "kernels-number");
  private readonly name = make("span");
  private readonly input = make("input");
  private readonly problem = make("p", "kernels-problem");
  private readonly preset = make("select", "operation-node");
  private readonly scope = make("select", "operation-node");
  private readonly buttons: HTMLButtonElement[];
  private page: Kernels | null = null;
  private place: Place | null = null;
  private at = 0;
  private limit = 1;
  private drag: { y: number; value: number; limit: number; cell: Cell; moved: boolean } | null = null;
  private wheeling = 0;

  constructor(private data: PartData, private readonly acts: Acts) {
    this.buttons = [button("", "", () => this.acts.apply(this.preset.value, this.scope.value === "row")), button("↶", "", () => this.acts.undo()),
                    button("↷", "", () => this.acts.redo()), button("", "", () => this.acts.reset())];
    const boxes = make("div", "kernels-pictures"), what = make("div", "kernels-acts"), where = make("div", "kernels-acts");
    boxes.append(this.canvas, this.response);
    what.append(this.preset, this.buttons[0]!);
    where.append(this.scope, ...this.buttons.slice(1));
    this.input.type = "text";
    this.input.inputMode = "decimal";
    this.problem.setAttribute("role", "alert");
    this.label.append(this.name, this.input);
    this.element.append(this.title, boxes, this.label, this.problem, what, where);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", () => { this.drag = null; });
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("change", () => this.typed());
    this.update(data);
  }

  update(data: PartData): void {
    this.data = data;
    const { words } = data, [apply, undo, redo, reset] = this.buttons as [HTMLButtonElement, HTMLButtonElement, HTMLButtonElement, HTMLButtonElement];
    const presets = this.preset.value || "sobel_x", scope = this.scope.value || "kernel";
    this.preset.replaceChildren(...Object.keys(PRESETS).map((name) => new Option(words[`preset_${name}`], name)));
    this.scope.replaceChildren(new Option(words.of_kernel, "kernel"), new Option(words.of_row, "row"));
    [this.preset.value, this.scope.value] = [presets, scope];
    for (const [element, name] of [[this.preset, words.presets], [this.scope, words.scope], [apply, words.applied], [undo, words.undo], [redo, words.redo], [reset, words.reset_layer], [this.canvas, words.large], [this.response, words.response]] as [HTMLElement, string][]) {
      element.title = name;
      element.setAttribute("aria-label", name);
    }
    [apply.textContent, reset.textContent] = [words.apply!, words.reset!];
    this.show(this.page, this.place, this.at, this.limit, undo.disabled, redo.disabled);
  }

  // limit: the magnitude with the full color.
  show(page: Kernels | null, place: Place | null, at: number, limit: number, noUndo: boolean, noRedo: boolean): void {
    const isOther = page?.table !== this.page?.table || place?.row !== this.place?.row || place?.column !== this.place?.column || at !== this.at;
    [this.page, this.place, this.at, this.limit] = [page, place, at, limit];
    [this.buttons[1]!.disabled, this.buttons[2]!.disabled] = [noUndo, noRedo];
    this.element.classList.toggle("empty", !page || !place);
    const { words } = this.data;
    if (!page || !place) return setText(this.title, words.choose!);
    const isNumber = isMatrix(page) || place.column === BIAS;
    for (const option of this.preset.options) option.disabled = isNumber && !OF_A_NUMBER.includes(option.value);
    if (this.preset.selectedOptions[0]?.disabled) this.preset.value = "zero";
    this.scope.options[0]!.text = isNumber ? words.of_weight! : words.of_kernel!;
    for (const option of this.scope.options) option.disabled = option.value === "row" && place.column === BIAS;
    setText(this.title, this.titleOf(page, place) + (page.is_frozen ? ` · ${words.frozen!}` : ""));
    setText(this.name, this.nameOf(page, place));
    this.response.hidden = isNumber;
    const value = formatPlain(this.cells().cells[this.cells().at]!.value);
    if (document.activeElement !== this.input && this.shadow() !== this.input || isOther) {
      this.input.value = value;
      setText(this.problem, "");
    }
    this.paint();
  }

  // Of the part's own root the element that has the focus.
  private shadow(): Element | null {
    const root = this.element.getRootNode();
    return root instanceof ShadowRoot ? root.activeElement : null;
  }

  // Of a matrix several weights are shown: which, and at the field the chosen one's own name.
  private titleOf(page: Kernels, place: Place): string {
    if (!isMatrix(page) || place.column === BIAS) return this.placeOf(page, place);
    const { words } = this.data, { rows, columns } = around(page, place), axis = (at: 0 | 1) => words[`axis_${page.axes[at]}`] ?? "";
    return fill(words.block!, {
      rows: `${axis(0)} ${listed(rows, (row) => rowName(page, row), page.sort === "own")}`.trim(),
      columns: `${axis(1)} ${listed(columns, (column) => columnName(page, column), true)}`.trim(),
    });
  }

  private placeOf(page: Kernels, { row, column }: Place): string {
    const { words } = this.data, from = words[`axis_${page.axes[1]}`] ?? "", to = words[`axis_${page.axes[0]}`] ?? "";
    if (column === BIAS) return `${words[page.axes[1] === "scale" ? "shift" : "bias"]} · ${to} ${rowName(page, row)}`;
    return page.size[1] === 1 && !page.column_names.length ? `${to} ${rowName(page, row)}` : `${to} ${rowName(page, row)} ← ${from} ${columnName(page, column)}`;
  }

  private nameOf(page: Kernels, place: Place): string {
    const { words } = this.data, wide = page.size[3];
    if (place.column === BIAS) return words.weight!;
    return isMatrix(page) ? this.placeOf(page, place) : fill(words.weight_at!, { y: Math.floor(this.at / wide), x: this.at % wide });
  }

  // The weights that are drawn: the kernel's own, or of a matrix those around the chosen one.
  private cells(): Cells {
    const page = this.page!, place = this.place!;
    if (!isMatrix(page) || place.column === BIAS) {
      const { values, high, wide } = kernelAt(page, place);
      return { high, wide, cells: Array.from(values, (value, at) => ({ place, at, value })), at: this.at };
    }
    const { rows, columns } = around(page, place);
    const cells = Array.from({ length: rows.size * columns.size }, (_, n) => {
      const own = { row: rows.from + Math.floor(n / columns.size), column: columns.from + (n % columns.size) };
      return { place: own, at: 0, value: page.values.data[own.row * columnsOf(page) + own.column]! };
    });
    return { high: rows.size, wide: columns.size, cells, at: (place.row - rows.from) * columns.size + place.column - columns.from };
  }

  private paint(): void {
    const { high, wide, cells, at } = this.cells(), cell = Math.min((this.response.hidden ? SIDE_ALONE : SIDE) / Math.max(high, wide), 72), width = cell * wide, height = cell * high;
    const paper = makePaper(this.data.look, getComputedStyle(this.canvas).fontFamily), limit = Math.max(this.limit, 0) || 1, shapes: Shape[] = [];
    if (cells.length > 1024) shapes.push({ kind: "map", x: 0, y: 0, width, height, values: Float32Array.from(cells, ({ value }) => value), from: 0, rows: high, columns: wide, limit, colors: paper.signed });
    else cells.forEach(({ value }, n) => shapes.push(...drawn(value, { x: (n % wide) * cell, y: Math.floor(n / wide) * cell, width: cell, height: cell })));
    shapes.push({ kind: "rect", x: (at % wide) * cell + 1, y: Math.floor(at / wide) * cell + 1, width: cell - 2, height: cell - 2, stroke: paper.accent, line: 2.5 });
    onto(this.canvas, { width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes });
    if (!this.response.hidden) {
      const { values, high: rows, wide: columns } = kernelAt(this.page!, this.place!), found = responseOf(values, 0, rows, columns);
      const wideBy = RESPONSE * Math.min(1, found.columns / found.rows), highBy = RESPONSE * Math.min(1, found.rows / found.columns);
      onto(this.response, { width: wideBy, height: highBy, background: paper.background, font: paper.font, scale: paper.scale, shapes: [
        { kind: "map", x: 0, y: 0, width: wideBy, height: highBy, values: found.values, from: 0, rows: found.rows, columns: found.columns, limit: limitOf(found.values), colors: paper.unsigned }] });
    }

    function drawn(value: number, box: { x: number; y: number; width: number; height: number }): Shape[] {
      const { fill: color, ink } = inkFor(paper, true, value, limit), rect: Shape = { kind: "rect", ...box, fill: color, stroke: paper.grid };
      return cell < NUMBER_PX ? [rect] : [rect, { kind: "text", x: box.x + cell / 2, y: box.y + cell / 2, words: formatNumber(value, cell < 56 ? 2 : 3), color: ink, px: cell < 44 ? 11 : 13, align: "center", most: cell - 2 }];
    }
  }

  private cellOf(event: MouseEvent): Cell | null {
    if (!this.page || !this.place) return null;
    const { high, wide, cells } = this.cells(), box = this.canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * wide), y = Math.floor(((event.clientY - box.top) / box.height) * high);
    return cells[Math.max(0, Math.min(high - 1, y)) * wide + Math.max(0, Math.min(wide - 1, x))] ?? null;
  }

  private down(event: PointerEvent): void {
    const cell = this.cellOf(event);
    if (!cell) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = { y: event.clientY, value: Number.isFinite(cell.value) ? cell.value : 0, limit: this.limit, cell, moved: false };
    this.acts.choose(cell.place, cell.at);
  }

  // Up is more: from zero to the full color over 60 pixels.
  private move(event: PointerEvent): void {
    const { drag } = this;
    if (!drag || (!drag.moved && Math.abs(event.clientY - drag.y) < 3)) return;
    this.acts.write(drag.cell.place, drag.cell.at, drag.value + (drag.y - event.clientY) * drag.limit * PER_PX, drag.moved);
    drag.moved = true;
  }

  private wheel(event: WheelEvent): void {
    const cell = this.cellOf(event);
    if (!cell || !event.deltaY) return;
    event.preventDefault();
    if (cell.at !== this.at || cell.place.row !== this.place!.row || cell.place.column !== this.place!.column) this.acts.choose(cell.place, cell.at);
    this.acts.write(cell.place, cell.at, (Number.isFinite(cell.value) ? cell.value : 0) - Math.sign(event.deltaY) * this.limit * 0.05, performance.now() - this.wheeling < 600);
    this.wheeling = performance.now();
  }

  private typed(): void {
    const { words } = this.data, words_ = this.input.value.trim().replace("−", "-").replace(",", "."), value = Number(words_);
    if (!this.page || !this.place) return;
    if (words_ === "" || Number.isNaN(value)) return setText(this.problem, words.no_number!);
    if (Math.abs(value) > LARGEST) return setText(this.problem, words.too_large!);
    setText(this.problem, "");
    if (formatPlain(this.cells().cells[this.cells().at]!.value) !== this.input.value) this.acts.write(this.place, this.at, value, false);
  }

  private key(event: KeyboardEvent): void {
    if (!this.page || !this.place || event.ctrlKey || event.metaKey || event.altKey) return;
    const { high, wide, cells, at } = this.cells(), y = Math.floor(at / wide), x = at % wide;
    const moves: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }, move = moves[event.key];
    const step = { "+": 1, "=": 1, "-": -1 }[event.key];
    if (move) {
      const next = cells[Math.max(0, Math.min(high - 1, y + move[0])) * wide + Math.max(0, Math.min(wide - 1, x + move[1]))]!;
      this.acts.choose(next.place, next.at);
    } else if (step) this.acts.write(cells[at]!.place, cells[at]!.at, (cells[at]!.value || 0) + step * this.limit * 0.05, false);
    else if (event.key === "Enter" || /^[0-9.]$/.test(event.key)) this.input.select();
    else return;
    if (event.key === "Enter" || move || step) event.preventDefault();
    event.stopPropagation();
  }
}

interface Span { from: number; size: number }

// The rows and columns of a matrix around a weight.
function around(page: Kernels, { row, column }: Place): { rows: Span; columns: Span } {
  const span = (middle: number, count: number) => {
    const from = Math.max(0, Math.min(middle - NEIGHBORS, count - 2 * NEIGHBORS - 1));
    return { from, size: Math.min(count, 2 * NEIGHBORS + 1) };
  };
  return { rows: span(row, rowsOf(page)), columns: span(column, columnsOf(page)) };
}

// Names in a row: from the first to the last where they follow each other.
function listed({ from, size }: Span, name: (at: number) => string, inOrder: boolean): string {
  const names = Array.from({ length: size }, (_, n) => name(from + n));
  return inOrder && size > 2 ? `${names[0]}–${names[size - 1]}` : names.join(", ");
}

// A number to be typed over: without separators, as many digits as count.
const formatPlain = (value: number): string => String(Number(value.toPrecision(4)));

function onto(canvas: HTMLCanvasElement, scene: Scene): void {
  const ratio = devicePixelRatio, ctx = canvas.getContext("2d")!;
  [canvas.width, canvas.height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
  canvas.style.width = `${scene.width}px`;
  canvas.style.height = `${scene.height}px`;
  ctx.scale(ratio, ratio);
  paint(ctx, scene);
}
