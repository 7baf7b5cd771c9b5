// The colors and sizes that everything on the view is drawn with.

import { colorOf, colorsOf, css, inkOn, type Colors } from "../scene";

export interface Theme {
  dark: boolean; scale: number; background: string; panel: string; text: string; muted: string; grid: string; accent: string;
  sequential: string[]; diverging: string[];
}

export interface Paper extends Theme { font: string; signed: Colors; unsigned: Colors }

export function makePaper(look: Theme, font: string): Paper {
  const missing = look.dark ? "#4B5563" : "#C4CBD6";
  return { ...look, font, signed: colorsOf(look.diverging, true, missing), unsigned: colorsOf(look.sequential, false, missing) };
}

export const colorsFor = (paper: Paper, signed: boolean): Colors => (signed ? paper.signed : paper.unsigned);

// The background of a value and the ink on it.
export function inkFor(paper: Paper, signed: boolean, value: number, limit: number): { fill: string; ink: string } {
  const color = colorOf(colorsFor(paper, signed), value, limit);
  return { fill: css(color), ink: inkOn(color) };
}
