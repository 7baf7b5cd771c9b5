// How large a card is, and where its ports lie. Fixed by what a node is, never measured, so that nothing moves when summaries arrive.

import type { Kind } from "./contract";
import { portCount } from "./graph";

export const CARD_WIDTH = 190;
const UNIT = 36, COLUMN_HEAD = 18;
const HEIGHT_WITH_PREVIEW = 136, HEIGHT = 92, PORT_PITCH = 22, BELOW_OUTPUTS = 5;
export const OUTPUT_PITCH = 19;  // as high as an output's line, as in the styles

// A unit of a column and the words above one are no cards.
export function isCard(kind: Kind): boolean {
  return kind.block !== "unit" && kind.block !== "column";
}

export function cardWidth(kind: Kind): number {
  return isCard(kind) ? CARD_WIDTH : UNIT;
}

export function cardHeight(kind: Kind, highestPort: number, preview: boolean): number {
  if (!isCard(kind)) return kind.block === "unit" ? UNIT : COLUMN_HEAD;
  const shown = preview || kind.has_sketch ? HEIGHT_WITH_PREVIEW : HEIGHT;
  return Math.max(shown + linesOf(kind) * OUTPUT_PITCH, (portCount(kind, highestPort) + 1) * PORT_PITCH);
}

// Several outputs stand below one another, each on a line of its own.
function linesOf(kind: Kind): number {
  return kind.outputs.length > 1 ? kind.outputs.length : 0;
}

// Where input `port` of `count` lies, from the card's top.
export function portY(height: number, port: number, count: number): number {
  return (height * (port + 1)) / (count + 1);
}

export function outputY(height: number, port: number, kind: Kind): number {
  return linesOf(kind) ? height - BELOW_OUTPUTS - (linesOf(kind) - port - 0.5) * OUTPUT_PITCH : height / 2;
}
