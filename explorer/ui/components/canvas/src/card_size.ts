// How large a card is. Fixed by what a node is, never measured, so that nothing jumps when facts arrive.

import type { Kind } from "./contract";
import { portCount } from "./graph";

export const CARD_WIDTH = 190;
const HEIGHT_WITH_PREVIEW = 136, HEIGHT = 92, PORT_PITCH = 22;

export function cardHeight(kind: Kind, highestPort: number, preview: boolean): number {
  return Math.max(preview ? HEIGHT_WITH_PREVIEW : HEIGHT, (portCount(kind, highestPort) + 1) * PORT_PITCH);
}

// Where port `port` of `count` lies, from the card's top.
export function portY(height: number, port: number, count: number): number {
  return (height * (port + 1)) / (count + 1);
}
