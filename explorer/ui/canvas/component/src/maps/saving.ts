// The network as a file: as a picture, made of the inspector's shapes, or as the numbers themselves.

import type { Editor } from "../editor";
import type { FlowNode } from "../flow";
import { tableOf } from "../live/maps";
import { boundsOf } from "../view";
import { boxOf, HEAD, isPart, PART } from "./grid";
import type { NodeMaps } from "./moment";
import { countText, fill } from "../numbers";
import { textOf } from "./overlays";
import type { MapsCard } from "./overview";

const MARGIN = 16, TITLE = 24, TITLE_PX = 13, NAME_PX = 12.5, SIZE_PX = 11, FONT = "sans-serif";
const LIGHT = Uint8ClampedArray.from({ length: 768 }, (_, i) => Math.floor(i / 3));

export async function savePicture(editor: Editor, format: "png" | "svg"): Promise<void> {
  await globalThis.layerscopeInspector?.scene?.save(pictureOf(editor), format, fileName(editor));
}

export async function saveValues(editor: Editor): Promise<void> {
  const { overview } = editor, answer = await overview.store?.ask("overview", { quantity: overview.overlay }, { format: "npz" });
  if (!answer?.bytes) return;
  const link = document.createElement("a"), url = URL.createObjectURL(new Blob([answer.bytes]));
  [link.href, link.download] = [url, `${fileName(editor)}.npz`];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function fileName({ overview: { levels, store } }: Editor): string {
  return [levels?.file_name ?? "overview", store?.look.inside, store && `step-${store.look.step}`].filter(Boolean).join("-").replace(/[^\w.-]+/g, "-");
}

// All of the network in the colors of the page, at the size that it has on the plane.
export function pictureOf(editor: Editor): object {
  const { overview, state: { nodes, words } } = editor, { levels } = overview;
  const { left, top, right, bottom } = boundsOf(nodes, () => 0), overlay = overview.overlayOf(), title = overlay ? TITLE : 0;
  const dx = MARGIN - left, dy = MARGIN + title - top, x = MARGIN, y = MARGIN + TITLE_PX / 2;
  const edges = [...editor.stage!.querySelectorAll<SVGElement>(".maps-edge")].map((edge) => (
    { kind: "path", d: shifted(edge.dataset.path ?? "", dx, dy), stroke: editor.state.look.muted, line: 1.4 }
  ));
  const cards = nodes.flatMap((node) => {
    const card = overview.cards.get(node.id);
    return card ? cardShapes(editor, node, card, node.position.x + dx, node.position.y + dy) : [];
  });
  return {
    width: right - left + 2 * MARGIN, height: bottom - top + 2 * MARGIN + title, background: levels!.background, font: FONT, scale: 1,
    shapes: [...edges, ...cards, ...(overlay ? [{ kind: "text", x, y, words: fill(words.below_maps, { name: overlay.title }), color: levels!.text, px: TITLE_PX, weight: 600 }] : [])],
  };
}

function cardShapes(editor: Editor, { id, width = 0, height = 0 }: FlowNode, card: MapsCard, x: number, y: number): object[] {
  const { overview, state: { look, summaries, words } } = editor, { moment, levels } = overview, { params } = card;
  const maps = moment?.nodes.get(params.address), overlay = overview.overlayOf();
  const value = overlay ? textOf(moment?.numbers.get(overlay.name)?.get(params.address), overlay) : "";
  const centered = (text: string, line: number, px: number, color: string, weight = 400) => (
    { kind: "text", x: x + width / 2, y: y + line, words: text, color, px, weight, align: "center", most: width - 6 }
  );
  return [
    { kind: "rect", x, y, width, height, fill: look.panel, stroke: look.line, radius: 6 },
    centered(id, 14, NAME_PX, levels!.text, 600), centered(summaries.get(id)?.shape ?? "", 31, SIZE_PX, look.muted),
    ...(isPart(params) ? [centered(fill(words.part, { count: countText(params.count), total: countText(params.total) }), HEAD + card.grid.height + PART / 2, SIZE_PX, look.muted)] : []),
    ...(maps ? mapShapes(editor, maps, card, x + (width - card.grid.width) / 2, y + HEAD) : []),
    ...(value ? [centered(value, height - 11, SIZE_PX, levels!.text, 600)] : []),
  ];
}

function mapShapes(editor: Editor, maps: NodeMaps, { grid, params }: MapsCard, x: number, y: number): object[] {
  const { overview, state: { look } } = editor, [count, rows, columns] = maps.values.shape;
  const { limit, signed, image } = overview.tints.of(maps, params, overview.moment!, overview.beside.moment);
  const table = image ? LIGHT : tableOf(signed ? look.signed : look.sequential);
  const stops = image ? ["#000000", "#ffffff"] : signed ? overview.levels!.diverging : overview.levels!.sequential;
  const colors = { signed, table: Uint8ClampedArray.from(table), stops, missing: [127, 127, 127] };
  const cells = params.form === "text" ? [] : [...Array(Math.min(count, grid.cells)).keys()];
  const names = params.form === "text" || params.is_named ? nameShapes(maps, { grid, params }, x, y, overview.levels!.text) : [];
  return [...cells.map((map) => {
    const box = boxOf(grid, map);
    return { ...box, kind: "map", x: x + box.x, y: y + box.y, values: maps.values.data, from: map * rows * columns, rows, columns, limit: image ? 1 : limit, colors };
  }), ...names];
}

function nameShapes({ names }: NodeMaps, { grid, params: { form, rows, total } }: Pick<MapsCard, "grid" | "params">, x: number, y: number, color: string): object[] {
  const lines = form === "tokens" ? rows : grid.cells, every = form === "text" ? Math.ceil(total / grid.cells) : 1;
  return Array.from({ length: lines }, (_, i) => {
    const box = form === "tokens" ? { x: -4, width: 0, y: (i * grid.cell.height) / rows, height: grid.cell.height / rows } : boxOf(grid, i);
    const at = form === "units" ? box.x + box.width + 5 : box.x + 6;
    return { kind: "text", x: x + at, y: y + box.y + box.height / 2, words: names[i * every] ?? "", color, px: 9.5, most: form === "units" ? grid.width - box.width - 6 : 0 };
  });
}

// The points of a path of ours, moved: every number pair is a place.
function shifted(d: string, dx: number, dy: number): string {
  let isX = false;
  return d.replace(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g, (number) => {
    isX = !isX;
    return String(Number(number) + (isX ? dx : dy));
  });
}
