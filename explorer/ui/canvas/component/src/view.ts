// Which part of the plane is on the screen.

import type { Picture, Problem } from "./contract";
import type { FlowNode } from "./flow";
import type { Room, Spacing } from "./layout";
import { GAP_X } from "./layout/columns";
import { READABLE_ZOOM } from "./layout/fold";

export const MIN_ZOOM = 0.1, MAX_ZOOM = 2;
const LEAST_FIT = 0.1;
export const FAR_ZOOM = 0.45, FARTHER_ZOOM = 0.3, LIVE_FAR_ZOOM = 0.8;  // below, a card shows its name and its thumbnail alone
const WORDS_WIDTH = 230, FAR_WORDS_WIDTH = 480, FARTHER_WORDS_WIDTH = 680;  // as in the styles
const WORDS_HEIGHT = 112, HINT_HEIGHT = 28;  // of a problem of three lines and its button; of a folded hint
const ROUNDING = 0.005;
const LABEL_PX = 6.4, LABEL_MARGIN = 8, GAP_STEP = 12, WIDEST_GAP = 108;
const MARGINS: Room = { width: 40, height: 24 }, MAPS_MARGINS: Room = { width: 28, height: 10 };  // beside the cards edges come down to the next row

export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

// How far columns are apart for the longest of these labels, in steps: so that few changes of a shape move everything.
export function gapFor(labels: readonly string[]): number {
  const needed = Math.max(0, ...labels.map((label) => label.length)) * LABEL_PX + LABEL_MARGIN;
  return Math.min(WIDEST_GAP, Math.max(GAP_X, GAP_X + Math.ceil((needed - GAP_X) / GAP_STEP) * GAP_STEP));
}

export const MAPS_LEAST_ZOOM = 0.5;
const MAPS_GAP = 22, MAPS_ROW_WORTH = 1.25, MAPS_MOST_ZOOM = 1.25;

export function spacingOf({ follows, live }: Picture, labels: readonly string[]): Omit<Spacing, "wordsBelow"> {
  if (follows) return { gap: MAPS_GAP, least: MAPS_LEAST_ZOOM, worth: MAPS_ROW_WORTH };
  return { gap: gapFor(labels), least: live ? 0 : READABLE_ZOOM, worth: 1 };
}

// How wide the words of a problem are, on the plane.
export function wordsWidth(zoom: number): number {
  return zoom < FARTHER_ZOOM ? FARTHER_WORDS_WIDTH : zoom < FAR_ZOOM ? FAR_WORDS_WIDTH : WORDS_WIDTH;
}

// How much room the words below a card ask for.
export function wordsHeight(problems: readonly Problem[] | undefined): number {
  if (!problems?.length) return 0;
  return problems.every((problem) => problem.is_hint) ? HINT_HEIGHT : WORDS_HEIGHT;
}

// What these nodes take, with the words that stand below them.
export function boundsOf(nodes: readonly FlowNode[], wordsBelow: (id: string) => number): Bounds {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { id, position: { x, y }, width, height } of nodes) {
    bounds.left = Math.min(bounds.left, x);
    bounds.top = Math.min(bounds.top, y);
    bounds.right = Math.max(bounds.right, x + (width ?? 0));
    bounds.bottom = Math.max(bounds.bottom, y + (height ?? 0) + wordsBelow(id));
  }
  return nodes.length ? bounds : { left: 0, top: 0, right: 0, bottom: 0 };
}

// What of the stage is left for cards where everything is shown.
export function innerRoom({ width, height }: Room, margins = MARGINS): Room {
  return { width: width - 2 * margins.width, height: height - 2 * margins.height };
}

export function marginsOf({ follows }: Picture): Room {
  return follows ? MAPS_MARGINS : MARGINS;
}

// Whether all of it can be read at once.
export function fits({ left, top, right, bottom }: Bounds, room: Room, least = READABLE_ZOOM, margins = MARGINS): boolean {
  const { width, height } = innerRoom(room, margins);
  return Math.min(width / (right - left), height / (bottom - top)) >= least - ROUNDING;
}

// Everything where it can be read, else its beginning.
export function firstViewOf(bounds: Bounds, room: Room, largest: number): View {
  return fits(bounds, room) ? viewOf(bounds, room, largest) : beginningOf(bounds, READABLE_ZOOM);
}

function beginningOf({ left, top }: Bounds, zoom: number, margins = MARGINS): View {
  return { zoom, x: margins.width - left * zoom, y: margins.height - top * zoom };
}

// Everything, as large as it fits and no larger than life. What is small begins in the corner, as text does: so nothing
// moves when it grows.
export function viewOf(bounds: Bounds, room: Room, largest: number): View {
  const { left, top, right, bottom } = bounds, { width, height } = innerRoom(room);
  if (!fits(bounds, room, LEAST_FIT)) return beginningOf(bounds, LEAST_FIT);
  const zoom = Math.min(width / (right - left), height / (bottom - top), largest);
  if (zoom === largest) return beginningOf(bounds, zoom);
  return { zoom, x: (room.width - (left + right) * zoom) / 2, y: (room.height - (top + bottom) * zoom) / 2 };
}

// All of it in the middle, as large as it fits.
export function centeredView({ left, top, right, bottom }: Bounds, room: Room, largest: number, margins = MARGINS): View {
  const { width, height } = innerRoom(room, margins);
  const zoom = Math.max(MIN_ZOOM, Math.min(width / (right - left), height / (bottom - top), largest));
  return { zoom, x: (room.width - (left + right) * zoom) / 2, y: (room.height - (top + bottom) * zoom) / 2 };
}

// Cards of maps begin where all of them would be too small to be seen, if no more than their beginning is asked for.
export function viewOfMaps(bounds: Bounds, room: Room, least = MIN_ZOOM): View {
  if (!fits(bounds, room, least, MAPS_MARGINS)) return beginningOf(bounds, least, MAPS_MARGINS);
  return centeredView(bounds, room, MAPS_MOST_ZOOM, MAPS_MARGINS);
}

export function isInView(bounds: Bounds, view: View, room: Room): boolean {
  const moved = viewThatShows(bounds, view, room);
  return moved.x === view.x && moved.y === view.y;
}

// The view moved as little as shows these bounds; their upper left corner where they do not fit.
export function viewThatShows(bounds: Bounds, view: View, room: Room): View {
  const shift = (low: number, high: number, size: number) => (low < 0 ? -low : Math.max(-low, Math.min(0, size - high)));
  const left = bounds.left * view.zoom + view.x - 8, right = bounds.right * view.zoom + view.x + 8;
  const top = bounds.top * view.zoom + view.y - 8, bottom = bounds.bottom * view.zoom + view.y + 8;
  return { ...view, x: view.x + shift(left, right, room.width), y: view.y + shift(top, bottom, room.height) };
}
