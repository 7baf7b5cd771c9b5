// Above a network of maps: what its colors mean, which number lies over the nodes, and saving.

import { useEffect, useState } from "react";
import { useCanvas, useEditor } from "../context";
import { largest, TINTS, type TintKind } from "../maps/tints";
import { fill, numberText } from "../numbers";
import { textOf } from "../maps/overlays";
import { savePicture, saveValues } from "../maps/saving";

const TINT_WORDS: Record<TintKind, { name: string; help: string; scale: string }> = {
  layer: { name: "tint_layer", help: "tint_layer_help", scale: "scale_layer" },
  network: { name: "tint_network", help: "tint_network_help", scale: "" },
  fixed: { name: "tint_fixed", help: "tint_fixed_help", scale: "scale_fixed" },
};

export function MapsTools() {
  const editor = useEditor(), words = useCanvas((state) => state.words), [tint, setTint] = useState<TintKind>(editor.overview.tints.kind);
  const overlays = useCanvas((state) => state.overlays), [overlay, setOverlay] = useState(editor.overview.overlay);
  const legend = useLegend();
  return (
    <div className="tools maps-tools">
      <div className="segments" role="radiogroup" aria-label={words.colors}>
        {TINTS.map((kind) => (
          <button key={kind} role="radio" aria-checked={tint === kind} data-tip={words[TINT_WORDS[kind].help]} data-testid={`tint-${kind}`}
            onClick={() => { editor.overview.tint(kind); setTint(kind); }}>{words[TINT_WORDS[kind].name]}</button>
        ))}
      </div>
      <span className="legend" data-testid="color-legend"><i className={legend.signed ? "scale signed" : "scale"} aria-hidden="true" />{legend.colors}</span>
      <label className="choice">
        <span>{words.over_nodes}</span>
        <select value={overlay} data-testid="overlay" onChange={(event) => { setOverlay(event.target.value); editor.overview.choose(event.target.value); }}>
          <option value="none">{words.nothing}</option>
          {overlays.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
        </select>
      </label>
      {overlay !== "none" && <span className="legend" data-testid="number-legend">{legend.numbers}</span>}
      <label className="choice">
        <select value="" aria-label={words.save_as} data-testid="save-maps" onChange={(event) => save(event.target.value)}>
          <option value="">{words.save_as}</option>
          {["png", "svg", "npz"].map((format) => <option key={format} value={format}>{format.toUpperCase()}</option>)}
        </select>
      </label>
    </div>
  );

  function save(format: string): void {
    const saving = format === "npz" ? saveValues(editor) : savePicture(editor, format as "png" | "svg");
    saving.catch(() => editor.hint(words.not_saved));
  }
}

// What the colors and the bars mean, in words that follow each paint.
function useLegend(): { colors: string; numbers: string; signed: boolean } {
  const editor = useEditor(), words = useCanvas((state) => state.words), { overview } = editor;
  const [legend, setLegend] = useState({ colors: "", numbers: "", signed: true });
  useEffect(() => {
    overview.onLegend = () => {
      const { moment, tints } = overview, scale = overview.scale(), overlay = overview.overlayOf();
      if (!moment) return setLegend({ colors: words.waiting, numbers: "", signed: true });
      const limit = numberText(largest(moment, overview.beside.moment)), signed = [...moment.nodes.values()].some((node) => node.signed);
      const colors = tints.kind === "network" ? fill(words[signed ? "scale_signed" : "scale_unsigned"], { limit }) : words[TINT_WORDS[tints.kind].scale];
      const numbers = scale && overlay ? fill(words[scale.isLog ? "bars_log" : "bars"], { low: textOf(scale.low, overlay), high: textOf(scale.high, overlay) }) : "";
      setLegend((known) => (known.colors === colors && known.numbers === numbers && known.signed === signed ? known : { colors, numbers, signed }));
    };
    overview.onLegend();
    return () => { overview.onLegend = null; };
  }, [overview, words]);
  return legend;
}
