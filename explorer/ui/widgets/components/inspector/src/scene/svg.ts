// The same shapes as SVG, maps as pictures inside it.

import { familyOf, wordsOf } from "./measure";
import { pixelsOf } from "./pixels";
import type { Map, Scene, Shape, Text } from "./shapes";

export function toSvg(scene: Scene): string {
  const { width, height, background, font } = scene, body = scene.shapes.map((shape) => element(shape, scene)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(font)}">
<rect width="${width}" height="${height}" fill="${background}"/>
${body}
</svg>
`;
}

function element(shape: Shape, scene: Scene): string {
  switch (shape.kind) {
    case "rect": return tag("rect", { x: shape.x, y: shape.y, width: shape.width, height: shape.height, rx: shape.radius, fill: shape.fill ?? "none", ...stroke(shape) });
    case "line": return tag("line", { x1: shape.x, y1: shape.y, x2: shape.toX, y2: shape.toY, ...stroke(shape) });
    case "path": return tag("path", { d: shape.d, fill: shape.fill ?? "none", ...stroke(shape) });
    case "text": return textElement(shape, scene);
    case "map": return mapElement(shape);
  }
}

const stroke = (shape: { stroke?: string; line?: number; dash?: number[]; alpha?: number }) => ({
  stroke: shape.stroke, "stroke-width": shape.stroke && (shape.line ?? 1), "stroke-dasharray": shape.dash?.join(" "), opacity: shape.alpha,
});

function textElement(text: Text, scene: Scene): string {
  const { x, y, color, px = 13, align, weight, mono } = text;
  const anchor = { left: undefined, center: "middle", right: "end" }[align ?? "left"];
  return tag("text", { x, y, fill: color, "font-size": px * scene.scale, "text-anchor": anchor, "dominant-baseline": "central",
                       "font-weight": weight, "font-family": mono ? familyOf(true, scene.font) : undefined }, escape(wordsOf(text, scene)));
}

function mapElement(map: Map): string {
  const { x, y, width, height, alpha } = map;
  return tag("image", { x, y, width, height, preserveAspectRatio: "none", style: "image-rendering: pixelated", opacity: alpha,
                        href: pixelsOf(map).toDataURL() });
}

function tag(name: string, attributes: Record<string, string | number | undefined>, inside = ""): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? Number(value.toFixed(2)) : escape(value!)}"`).join("");
  return inside ? `<${name}${given}>${inside}</${name}>` : `<${name}${given}/>`;
}

const escape = (words: string): string => words.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
