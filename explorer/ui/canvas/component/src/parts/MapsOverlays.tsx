// Over a network of maps: the tip at the pointer. And beside it, for those who do not see the maps: a table.

import { useEffect, useRef } from "react";
import { useCanvas, useEditor } from "../context";
import { tabulate } from "../maps/table";
import { Tip } from "../maps/tip";

const STILL_MS = 250;

export function MapsTip() {
  const editor = useEditor(), host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tip = new Tip(editor), { overview } = editor;
    host.current!.parentElement!.append(tip.element);
    overview.onPoint = (spot, at) => tip.show(spot, at);
    return () => {
      overview.onPoint = null;
      tip.element.remove();
    };
  }, [editor]);
  return <div ref={host} hidden />;
}

export function MapsTable() {
  const editor = useEditor(), table = useRef<HTMLTableElement>(null);
  const nodes = useCanvas((state) => state.nodes), words = useCanvas((state) => state.words);
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(due);
      due = setTimeout(() => table.current && tabulate(editor, table.current), STILL_MS);
    };
    editor.overview.onPaint = later;
    later();
    return () => {
      editor.overview.onPaint = null;
      clearTimeout(due);
    };
  }, [editor, nodes, words]);
  return <table ref={table} className="spoken" data-testid="maps-table" />;
}
