// Pictures as plain shapes: painted, written as SVG, saved.

export { paintOn } from "./canvas";
export { colorOf, colorsOf, css, inkOn, largestOf, limitOf } from "./colors";
export { fontOf, widthOf } from "./measure";
export { paint } from "./paint";
export { save, download } from "./save";
export type { Colors, Map, Scene, Shape, Text } from "./shapes";
export { toSvg } from "./svg";
