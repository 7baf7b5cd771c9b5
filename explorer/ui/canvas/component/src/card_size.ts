// How large a card is, and where its ports lie. Fixed by what a node is, never measured, so that nothing moves when summaries arrive.

import type { Kind, Params } from "./contract";
import { portCount } from "./graph";
import { mapsSize, readMapsParams } from "./maps/grid";

export const CARD_WIDTH = 190;
const UNIT = 36, COLUMN_HEAD = 18;
const HEIGHT_WITH_PREVIEW = 136, HEIGHT = 92, PORT_PITCH = 22, BELOW_OUTPUTS = 5, BESIDE = 14;
export const OUTPUT_PITCH = 19;  // as high as an output's line, as in the styles

// A unit of a column, the words above one, and a card of maps are drawn otherwise than a block's card.
export function isCard(kind: Kind): boolean {
  return kind.block !== "unit" && kind.block !== "column" && kind.block !== "maps";
}

export interface Size {
  width: number;
  height: number;
}

export function sizeOf({ kind, params }: { kind: Kind; params: Params }, highestPort: number, preview: boolean): Size {
  switch (kind.block) {
    case "unit": return { width: UNIT, height: UNIT };
    case "column": return { width: UNIT, height: COLUMN_HEAD };
    case "maps": return mapsSize(readMapsParams(params));
    default: return { width: CARD_WIDTH, height: cardHeight(kind, highestPort, preview) };
  }
}

export function cardHeight(kind: Kind, highestPort: number, preview: boolean): number {
  const shown = preview || kind.has_sketch ? HEIGHT_WITH_PREVIEW : HEIGHT;
  return Math.max(shown + linesOf(kind) * OUTPUT_PITCH, (portCount(kind, highestPort) + 1) * PORT_PITCH);
}

// Several outputs stand below one another, each on a line of its own.
function linesOf(kind: Kind): number {
  return kind.outputs.length > 1 && isCard(kind) ? kind.outputs.length : 0;
}

// Where input `port` of `count` lies, from the card's top.
export function portY(height: number, port: number, count: number): number {
  return (height * (port + 1)) / (count + 1);
}

export function outputY(height: number, port: number, kind: Kind): number {
  if (!linesOf(kind)) return height / 2 + port * BESIDE;
  return height - BELOW_OUTPUTS - (linesOf(kind) - port - 0.5) * OUTPUT_PITCH;
}
