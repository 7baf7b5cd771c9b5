// Words that keep to a width.

import type { Scene, Text } from "./shapes";

const MONO = "ui-monospace, 'Source Code Pro', Menlo, Consolas, monospace";
let measuring: CanvasRenderingContext2D | null = null;

export const familyOf = (mono: boolean | undefined, font: string): string => (mono ? MONO : font);

export const fontOf = ({ px = 13, weight = 400, mono }: Partial<Text>, { font, scale }: Pick<Scene, "font" | "scale">): string =>
  `${weight} ${px * scale}px ${familyOf(mono, font)}`;

export function widthOf(words: string, font: string): number {
  measuring ??= document.createElement("canvas").getContext("2d")!;
  measuring.font = font;
  return measuring.measureText(words).width;
}

// The words of a text, cut with an ellipsis where they would be wider than `most`.
export function wordsOf(text: Text, scene: Pick<Scene, "font" | "scale">): string {
  const { words, most } = text;
  if (!most) return words;
  const font = fontOf(text, scene);
  if (widthOf(words, font) <= most) return words;
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(words.slice(0, middle) + "…", font) <= most) low = middle;
    else high = middle - 1;
  }
  return words.slice(0, low) + "…";
}
