// The handle of the swipe over a view that is no part of this bundle: it draws both sides itself, and is called where to cut.

import { dress } from "../dress";
import { make } from "../dom";
import { store } from "../store";
import style from "./beside.css";
import { Handle } from "./handle";
import { nameSides } from "./sides";
import { swipe } from "./swipe";

// `moved`: the handle is elsewhere, or there is another side now, or none. Returns what ends it.
export function swipeOver(view: HTMLElement, moved: () => void): () => void {
  const host = make("div", "layerscope-inspector beside-layer"), sheet = make("style"), handle = new Handle(view);
  sheet.textContent = style;
  host.append(sheet, handle.names, handle.element);
  view.append(host);
  const show = () => {
    const { look } = store, { colors, words } = swipe;
    host.hidden = !look.beside || !colors;
    if (!host.hidden) {
      dress(host, colors!, 0);
      handle.show(nameSides(swipe.kind ?? "step", look, look.beside!, swipe.titles, words), words.swipe!, colors!);
    }
    moved();
  };
  const ends = [store.watch(show), swipe.add(host, () => { handle.moved(); moved(); }), () => host.remove()];
  show();
  return () => ends.forEach((end) => end());
}
