// Beside the pointer: the map's name, its values, its kernels, and what it reads and feeds.

import type { Editor } from "../editor";
import { tableOf } from "../live/maps";
import { TIP_MARGIN } from "../live/pointing";
import { countText, fill, numberText } from "../numbers";
import { isPart } from "./grid";
import type { Spot } from "./links";
import type { NodeMaps } from "./moment";

const MOST_KERNELS = 16, KERNEL_PX = 34, UNITS_ACROSS = 32;

// In words, for the tip and for those who do not see it.
export function describe(editor: Editor, { id, map }: Spot): string[] {
  const { overview, state: { words, edges } } = editor, params = overview.cards.get(id)?.params;
  const maps = params && overview.moment?.nodes.get(params.address);
  if (!params || !maps) return [];
  const [low, high] = [maps.ranges.data[2 * map], maps.ranges.data[2 * map + 1]].map((value) => (Number.isFinite(value) ? numberText(value) : value > 0 ? "∞" : value < 0 ? "−∞" : "—"));
  const values = { node: id, map, name: maps.names[map] ?? String(map), low, high, shape: params.shape.join("×") };
  const title = { maps: words.map_is, units: words.unit_value, text: words.token_is, tokens: words.matrix_is }[params.form];
  const lit = overview.around({ id, map });
  const names = (ids: string[]) => [...new Set(ids)].map((one) => part(editor, one, lit.maps.get(one))).join(", ");
  const into = edges.filter((edge) => edge.target === id && lit.edges.has(edge.id)).map((edge) => edge.source);
  const from = edges.filter((edge) => edge.source === id && lit.edges.has(edge.id)).map((edge) => edge.target);
  const shown = isPart(params) ? fill(words[params.form === "units" ? "first_units" : "first_maps"], { count: countText(params.count), total: countText(params.total) }) : "";
  return [fill(title, values), shown, into.length ? fill(words.reads, { maps: names(into) }) : "", from.length ? fill(words.feeds, { maps: names(from) }) : ""].filter(Boolean);
}

function part(editor: Editor, id: string, maps: "all" | Set<number> | undefined): string {
  const { total = 0, form = "maps" } = editor.overview.cards.get(id)?.params ?? {}, { words } = editor.state;
  if (total <= 1 || maps === undefined) return id;
  return maps === "all" || maps.size >= total ? fill(words.all_of, { id, count: total })
    : maps.size === 1 ? fill(form === "units" ? words.unit_of : words.map_of, { id, map: [...maps][0] })
    : fill(words.some_of, { id, count: maps.size, total });
}

export class Tip {
  readonly element = document.createElement("div");
  private lines = document.createElement("div");
  private caption = document.createElement("p");
  private kernel = document.createElement("canvas");

  constructor(private editor: Editor) {
    this.element.className = "live-tip maps-tip";
    this.element.dataset.testid = "maps-tip";
    this.element.hidden = true;
    this.element.append(this.lines, this.caption, this.kernel);
  }

  show(spot: Spot | null, at: { x: number; y: number }): void {
    const lines = spot ? describe(this.editor, spot) : [];
    this.element.hidden = !lines.length;
    if (!spot || !lines.length) return;
    this.lines.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    const params = this.editor.overview.cards.get(spot.id)!.params;
    const maps = this.editor.overview.moment!.nodes.get(params.address)!, count = this.paintKernel(maps, spot.map);
    this.kernel.hidden = this.caption.hidden = !count;
    this.caption.textContent = count ? this.describeKernel(maps, spot, count) : "";
    this.place(at);
  }

  place({ x, y }: { x: number; y: number }): void {
    const { clientWidth, clientHeight } = this.element.parentElement!, { offsetWidth, offsetHeight } = this.element;
    const right = x + TIP_MARGIN + offsetWidth <= clientWidth ? x + TIP_MARGIN : x - TIP_MARGIN - offsetWidth;
    const below = y + TIP_MARGIN + offsetHeight <= clientHeight ? y + TIP_MARGIN : y - TIP_MARGIN - offsetHeight;
    this.element.style.left = `${Math.max(4, right)}px`;
    this.element.style.top = `${Math.max(4, below)}px`;
  }

  // What the painted weights are, of the map's kernels or of its weights: `count` of one for each map that it reads.
  private describeKernel({ kernels: { shape: [, , high, wide] } }: NodeMaps, spot: Spot, count: number): string {
    const { overview, state: { words, edges } } = this.editor, id = edges.find((edge) => edge.target === spot.id)?.source ?? "";
    const read = overview.around(spot).maps.get(id), total = read instanceof Set ? read.size : overview.cards.get(id)?.params.total ?? count;
    const maps = fill(count < total ? words.first_of : words.all_of, { id, count, total }), size = `${high}×${wide}`;
    return fill(total === 1 ? words.one_kernel : high * wide === 1 ? words.weights_shown : words.kernels_shown, { maps, size });
  }

  // The weights from each source map, side by side; returns for how many of them, 0 where there are none.
  private paintKernel({ form, kernels: { data, shape: [count, sources, high, wide] } }: NodeMaps, map: number): number {
    if (map >= count || !sources || form === "tokens") return 0;
    const points = high * wide === 1, shown = points ? sources : Math.min(sources, MOST_KERNELS);
    const across = points ? Math.min(shown, UNITS_ACROSS) : shown, gap = points ? 0 : 1, lines = Math.ceil(shown / across);
    const image = new ImageData(across * (wide + gap) - gap, lines * high), from = map * sources * high * wide;
    let limit = 0;
    for (let i = from; i < from + sources * high * wide; i++) limit = Math.max(limit, Math.abs(data[i]));
    const table = tableOf(this.editor.state.look.signed), last = table.length / 3 - 1;
    for (let place = 0; place < shown * high * wide; place++) {
      const source = Math.floor(place / (high * wide)), y = Math.floor(place / wide) % high, x = place % wide;
      const color = 3 * Math.round(((data[from + place] / (limit || 1) + 1) / 2) * last);
      const to = 4 * ((Math.floor(source / across) * high + y) * image.width + (source % across) * (wide + gap) + x);
      image.data.set([table[color], table[color + 1], table[color + 2], 255], to);
    }
    [this.kernel.width, this.kernel.height] = [image.width, image.height];
    const scale = points ? 8 : Math.max(3, Math.floor(KERNEL_PX / high));
    this.kernel.style.width = `${Math.min(280, image.width * scale)}px`;
    this.kernel.getContext("2d")!.putImageData(image, 0, 0);
    return shown;
  }
}
