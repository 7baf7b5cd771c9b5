// Edges that would run behind cards, led over them instead.

import { CARD_WIDTH } from "../card_size";
import type { Point } from "../contract";

const PITCH = 16, BESIDE = 24, MAX_LANES = 40, MAX_CARDS = 600;

interface Card {
  at: Point;
  height: number;
}

interface Span {
  id: string;
  from: Point;  // where the edge leaves its card, and where it enters the other
  to: Point;
}

// One lane above everything for each edge between far columns, short ones below long ones.
export function laneRoutes(spans: Span[], top: number): Map<string, Point[]> {
  const lanes: [number, number][][] = [];
  const routes = new Map<string, Point[]>();
  for (const { id, from, to } of [...spans].sort((a, b) => (a.to[0] - a.from[0]) - (b.to[0] - b.from[0]))) {
    const left = from[0] + BESIDE, right = to[0] - BESIDE;
    let lane = lanes.findIndex((taken) => taken.every(([start, end]) => right < start || end < left));
    if (lane < 0) lane = Math.min(lanes.push([]), MAX_LANES) - 1;
    lanes[lane].push([left, right]);
    const y = top - PITCH * (lane + 1);
    routes.set(id, [[left, y], [right, y]]);
  }
  return routes;
}

// For cards where a person put them: each edge to the right whose straight way is blocked goes over what blocks it.
export function routesAround(cards: Card[], spans: Span[]): Map<string, Point[]> {
  const routes = new Map<string, Point[]>();
  if (cards.length > MAX_CARDS) return routes;
  for (const { id, from, to } of spans) {
    if (to[0] - from[0] < CARD_WIDTH) continue;
    const blocking = cards.filter(({ at: [x, y], height }) => {
      const left = Math.max(x, from[0] + 1), right = Math.min(x + CARD_WIDTH, to[0] - 1);
      if (left >= right) return false;
      const heightAt = (along: number) => from[1] + ((to[1] - from[1]) * (along - from[0])) / (to[0] - from[0]);
      const low = Math.min(heightAt(left), heightAt(right)), high = Math.max(heightAt(left), heightAt(right));
      return high > y - 4 && low < y + height + 4;
    });
    if (!blocking.length) continue;
    const y = Math.min(...blocking.map((card) => card.at[1])) - PITCH;
    const left = Math.min(...blocking.map((card) => card.at[0])), right = Math.max(...blocking.map((card) => card.at[0]));
    routes.set(id, [[Math.max(from[0] + 4, left - 4), y], [Math.min(to[0] - 4, right + CARD_WIDTH + 4), y]]);
  }
  return routes;
}
