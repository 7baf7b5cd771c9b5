// Colors and sizes of a part as CSS properties of its host.

import type { Colors } from "./contract";

export function dress(host: HTMLElement, look: Colors, heightPx: number, abovePx = 0): void {
  const colors = {
    text: look.text, muted: look.muted, panel: look.panel, ground: look.background, line: look.grid, accent: look.accent,
    problem: look.problem.color, warning: look.warning.color, valid: look.valid.color,
    negative: look.diverging[0]!, positive: look.diverging[look.diverging.length - 1]!,
  };
  for (const [name, color] of Object.entries(colors)) host.style.setProperty(`--inspector-${name}`, color);
  host.style.colorScheme = look.dark ? "dark" : "light";  // of sliders and lists that the browser draws
  // beside a dark accent a browser draws the rest of a slider white
  host.style.setProperty("--inspector-slider", look.dark ? `color-mix(in srgb, ${look.accent} 55%, white)` : look.accent);
  host.style.setProperty("--inspector-scale", String(look.scale));
  host.style.setProperty("--inspector-above", `${abovePx}px`);  // of the page, for those that end with the window
  host.style.setProperty("--inspector-height", heightPx ? `${heightPx}px` : "auto");
}
