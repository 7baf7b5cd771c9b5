// The flow as shapes: wires as wide as gradients are large, nodes in the same colors, bars on a logarithmic axis.

import { colorsFor, inkFor, type Paper } from "../operation/paper";
import { colorOf, css, fontOf, type Scene, type Shape, widthOf } from "../scene";
import { fill, formatNumber } from "../../../common/numbers";
import { twinOf } from "../twins";
import type { Flow } from "./contract";
import type { Hit, Layout, Wire } from "./layout";
import { decadesOf, type Scale, scaleFor, shareOf } from "./scale";

const THIN = 1.5, THICK = 14, DASH = [4, 4], TICKS = 5, FLOOR = 0.12;  // of the colors: the lowest still shows

// goal: what the gradients come from.
export interface Look { paper: Paper; words: Record<string, string>; problem: string; goal: string }

export function scalesOf(flow: Flow): { flow: Scale; bars: Scale } {
  const sides = [flow, twinOf(flow) ?? flow], valuesOf = (name: "outputs" | "shares" | "parameters") => sides.flatMap((side) => Array.from(side[name].data as ArrayLike<number>));
  const all = [...valuesOf("outputs"), ...valuesOf("shares")];
  return { flow: scaleFor(all), bars: scaleFor([...all, ...valuesOf("parameters")]) };
}

export function draw(flow: Flow, layout: Layout, look: Look, hit: Hit | null, node: string, left: number, width: number, height: number): Scene {
  const { paper } = look, scales = scalesOf(flow);
  const shapes: Shape[] = [...wires(layout, scales.flow, look, hit), ...boxes(flow, layout, scales.flow, look, hit, node), ...bars(flow, layout, scales.bars, look, hit)];
  return { width, height, background: paper.background, font: paper.font, scale: paper.scale, shapes: [...shapes.map((shape) => moved(shape, -left)), ...legend(scales.flow, look, width), ...axis(layout, scales.bars, look, height)] };
}

const thickness = (value: number, scale: Scale): number => {
  const share = shareOf(value, scale);
  return share === null ? THIN : THIN + share * (THICK - THIN);
};

function colorFor(value: number, scale: Scale, { paper, problem }: Look): string {
  const share = shareOf(value, scale);
  if (share !== null) return css(colorOf(colorsFor(paper, false), FLOOR + (1 - FLOOR) * share, 1));
  return Number.isNaN(value) || value === 0 ? paper.muted : problem;
}

function wires(layout: Layout, scale: Scale, look: Look, hit: Hit | null): Shape[] {
  return layout.wires.flatMap((wire): Shape[] => {
    const line = thickness(wire.share, scale) * look.paper.scale, isOff = shareOf(wire.share, scale) === null;
    const own = hit?.kind === "wire" && isSame(hit.wire, wire);
    return [
      { kind: "path", d: wire.d, stroke: own ? look.paper.accent : look.paper.muted, line: isOff ? line : line + (own ? 6 : 1.5), dash: isOff ? DASH : undefined },
      { kind: "path", d: wire.d, stroke: colorFor(wire.share, scale, look), line, dash: isOff ? DASH : undefined },
    ];
  });
}

export const isSame = (a: Wire, b: Wire): boolean => a.source === b.source && a.target === b.target && a.port === b.port;

function boxes(flow: Flow, layout: Layout, scale: Scale, look: Look, hit: Hit | null, node: string): Shape[] {
  const { paper, problem } = look;
  const found: Shape[] = [];
  for (const [at, box] of layout.boxes) {
    const norm = flow.outputs.data[at]!, share = shareOf(norm, scale), name = flow.nodes[at]!.split(".").at(-1)!;
    const { fill: color, ink } = share === null ? { fill: paper.panel, ink: paper.text } : inkFor(paper, false, FLOOR + (1 - FLOOR) * share, 1);
    const isOwn = flow.nodes[at] === node, isHit = hit?.kind === "node" && hit.at === at, isBroken = !Number.isFinite(norm) && !Number.isNaN(norm);
    found.push({ kind: "rect", ...box, fill: color, stroke: isOwn || isHit ? paper.accent : isBroken ? problem : paper.muted, line: isOwn || isHit ? 3 : 1, radius: 5 });
    found.push({ kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: short(name, box.width - 6, paper), color: ink, px: 12, weight: 600, align: "center" });
  }
  const ends = layout.wires.filter(({ target }) => target < 0).map(({ end: { x, y } }): Shape => (
    { kind: "text", x: x + 6, y, words: look.goal, color: paper.text, px: 12, weight: 600, most: 50 * paper.scale }
  ));
  return [...found, ...ends];
}

// A name that keeps the number at its end.
function short(name: string, most: number, paper: Paper): string {
  const font = fontOf({ px: 12, weight: 600 }, paper), tail = /\d*$/.exec(name)![0];
  let head = name.slice(0, name.length - tail.length);
  if (widthOf(name, font) <= most) return name;
  while (head && widthOf(`${head}…${tail}`, font) > most) head = head.slice(0, -1);
  return `${head}…${tail}`;
}

function bars(flow: Flow, layout: Layout, scale: Scale, look: Look, hit: Hit | null): Shape[] {
  const { paper, words } = look, { plot } = layout, shapes: Shape[] = [];
  for (const decade of decadesOf(scale, TICKS)) {
    const y = plot.y + plot.height * (1 - shareOf(decade, scale)!);
    shapes.push({ kind: "line", x: plot.x, y, toX: plot.x + plot.width, toY: y, stroke: paper.grid, line: 1 });
  }
  layout.bars.forEach(({ x, width }, at) => {
    const gap = Math.max(2, width * 0.16), wide = Math.min(26 * paper.scale, (width - 2 * gap) / 2), center = x + width / 2;
    if (hit?.kind === "node" && hit.at === at) shapes.push({ kind: "rect", x, y: plot.y, width, height: plot.height, fill: paper.panel, alpha: 0.7 });
    shapes.push(...bar(center - wide, wide, flow.outputs.data[at]!, plot, scale, filled(paper), look));
    const isFrozen = Boolean(flow.frozen.data[at]), value = flow.parameters.data[at]!;
    if (!isFrozen) shapes.push(...bar(center, wide, value, plot, scale, hollow(paper), look));
    else shapes.push({ kind: "text", x: center, y: plot.y + plot.height + 27 * paper.scale, words: words.frozen_mark!, color: paper.muted, px: 11, align: "center", most: width - 2 });
    const name = flow.nodes[at]!.split(".").at(-1)!;
    shapes.push({ kind: "text", x: center, y: plot.y + plot.height + 12 * paper.scale, words: name, color: paper.text, px: 11, align: "center", most: width - 2 });
  });
  return shapes;
}

// Neutral: orange and blue are signs.
type Fill = { fill: string; stroke: string; line: number };
const filled = ({ muted }: Paper): Fill => ({ fill: muted, stroke: muted, line: 1 });
const hollow = ({ background, text }: Paper): Fill => ({ fill: background, stroke: text, line: 1.5 });

function bar(x: number, width: number, value: number, { y, height }: { y: number; height: number }, scale: Scale, style: Fill, { paper, problem }: Look): Shape[] {
  if (Number.isNaN(value)) return [];
  const share = shareOf(value, scale);
  if (share === null) return [{ kind: "text", x: x + width / 2, y: y + height - 8, words: value === 0 ? "0" : "∞", color: value === 0 ? paper.muted : problem, px: 12, align: "center" }];
  const high = Math.max(2, share * height);
  return [{ kind: "rect", x, y: y + height - high, width: width - 1, height: high, ...style }];
}

// The wedge that a wire's width and color mean, with its numbers; and the two kinds of bars.
function legend(scale: Scale, look: Look, width: number): Shape[] {
  const { paper, words } = look, long = 130 * paper.scale, steps = 24, y = 14 * paper.scale, x = 190 * paper.scale, shapes: Shape[] = [];
  for (let i = 0; i < steps; i++) {
    const share = i / (steps - 1), thick = (THIN + share * (THICK - THIN)) * paper.scale;
    shapes.unshift({ kind: "rect", x: x + (i * long) / steps - 1, y: y - thick / 2 - 0.75, width: long / steps + 2, height: thick + 1.5, fill: paper.muted });
    shapes.push({ kind: "rect", x: x + (i * long) / steps, y: y - thick / 2, width: long / steps + 0.5, height: thick, fill: css(colorOf(colorsFor(paper, false), FLOOR + (1 - FLOOR) * share, 1)) });
  }
  const key = (at: number, style: Fill, name: string): Shape[] => [
    { kind: "rect", x: at, y: y - 6, width: 12, height: 12, ...style }, { kind: "text", x: at + 17, y, words: name, color: paper.text, px: 12, most: width - at - 20 },
  ];
  return [
    { kind: "rect", x: 0, y: 0, width, height: 28 * paper.scale, fill: paper.background },
    { kind: "text", x: 0, y, words: words.norm!, color: paper.text, px: 12, most: 120 * paper.scale },
    { kind: "text", x: x - 6, y, words: formatNumber(scale.low, 2), color: paper.muted, px: 12, align: "right" }, ...shapes,
    { kind: "text", x: x + long + 8, y, words: formatNumber(scale.high, 2), color: paper.muted, px: 12 },
    ...key(x + long + 90 * paper.scale, filled(paper), words.of_outputs!), ...key(x + long + 240 * paper.scale, hollow(paper), words.of_parameters!),
  ];
}

// The numbers of the axis stay where the bars scroll.
function axis({ plot }: Layout, scale: Scale, { paper, words }: Look, height: number): Shape[] {
  const ticks = decadesOf(scale, TICKS).map((decade): Shape => (
    { kind: "text", x: plot.x - 8, y: plot.y + plot.height * (1 - shareOf(decade, scale)!), words: formatNumber(decade, 2), color: paper.muted, px: 12, align: "right" }
  ));
  return [{ kind: "rect", x: 0, y: plot.y - 16, width: plot.x - 4, height: height - plot.y + 16, fill: paper.background },
    { kind: "text", x: 0, y: plot.y - 15, words: words.by_layer!, color: paper.text, px: 12, weight: 600 }, ...ticks];
}

function moved(shape: Shape, by: number): Shape {
  if (!by) return shape;
  if (shape.kind === "line") return { ...shape, x: shape.x + by, toX: shape.toX + by };
  if (shape.kind !== "path") return { ...shape, x: shape.x + by };
  let isX = false;
  return { ...shape, d: shape.d.replace(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g, (number) => ((isX = !isX) ? String(Number(number) + by) : number)) };
}

export function describe(flow: Flow, hit: Hit, words: Record<string, string>, goal: string): string {
  const number = (value: number): string => formatNumber(value);
  if (hit.kind === "wire") {
    const { source, target, share } = hit.wire, to = target < 0 ? goal : flow.nodes[target]!;
    return fill(Number.isNaN(share) ? words.edge_none! : words.edge!, { source: flow.nodes[source]!, target: to, value: number(share) });
  }
  const node = flow.nodes[hit.at]!, [output, own] = [flow.outputs.data[hit.at]!, flow.parameters.data[hit.at]!];
  const first = fill(Number.isNaN(output) ? words.node_none! : words.node!, { node: [node, flow.blocks[hit.at]].filter(Boolean).join(" · "), value: number(output) });
  return Number.isNaN(own) ? first : `${first} ${flow.frozen.data[hit.at] ? words.frozen! : fill(words.own!, { value: number(own) })}`;
}
