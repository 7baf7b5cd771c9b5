// What a node shows of itself: a sign, a curve, who sees whom, or how a picture is cut.

import { memo } from "react";
import { useCanvas } from "../context";
import type { Sketch } from "../contract";
import { fill } from "../numbers";
import type { State } from "../state";

const SIDE = 38, CURVE_WIDTH = 58, WIDEST = 76, MARGIN = 2;
const SHOWN_COPIES = 3, COPY_STEP = 3;

export const CardSketch = memo(function CardSketch({ id, sketch, words }: { id: string; sketch: Sketch; words: string }) {
  return (
    <div className={`sketch ${sketch.kind.toLowerCase()}`} role="img" aria-label={words} title={words}>
      <Drawing id={id} sketch={sketch} />
    </div>
  );
});

function Drawing({ id, sketch }: { id: string; sketch: Sketch }) {
  switch (sketch.kind) {
    case "Symbol": return <span className={sketch.text.length > 2 ? "long" : ""}>{sketch.text}</span>;
    case "Curve": return <Curve x={sketch.x} y={sketch.y} />;
    case "Matrix": return <Matrix {...sketch} />;
    case "Grid": return <Grid id={id} {...sketch} />;
  }
}

// The axes cross at zero; where a curve stays on one side of it, zero is its edge.
function Curve({ x, y }: { x: number[]; y: number[] }) {
  const [left, right] = [Math.min(0, ...x), Math.max(0, ...x)], [low, high] = [Math.min(0, ...y), Math.max(0, ...y)];
  const px = (value: number) => MARGIN + ((value - left) / (right - left || 1)) * (CURVE_WIDTH - 2 * MARGIN);
  const py = (value: number) => SIDE - MARGIN - ((value - low) / (high - low || 1)) * (SIDE - 2 * MARGIN);
  const points = x.map((value, i) => `${px(value).toFixed(1)},${py(y[i]).toFixed(1)}`);
  return (
    <svg width={CURVE_WIDTH} height={SIDE} aria-hidden="true">
      <path className="axis" d={`M0 ${py(0)}H${CURVE_WIDTH}M${px(0)} 0V${SIDE}`} />
      <polyline className="line" points={points.join(" ")} />
    </svg>
  );
}

// The first copy in front, the others as edges behind it.
function Matrix({ cells, copies, layers }: Extract<Sketch, { kind: "Matrix" }>) {
  const words = useCanvas((state) => state.words);
  const rows = cells.length, columns = cells[0]?.length ?? 0, behind = Math.min(copies, SHOWN_COPIES) - 1;
  if (!rows || !columns) return null;
  const side = SIDE - behind * COPY_STEP, cell = side / Math.max(rows, columns);
  const width = cell * columns, height = cell * rows, shift = behind * COPY_STEP;
  return (
    <>
      <svg width={width + shift + 1} height={height + shift + 1} aria-hidden="true">
        {Array.from({ length: behind }, (_, i) => (
          <rect key={i} className="frame-line" x={shift - i * COPY_STEP + 0.5} y={i * COPY_STEP + 0.5} width={width} height={height} />
        ))}
        <rect className="frame-line" x={0.5} y={shift + 0.5} width={width} height={height} />
        {runsOf(cells).map(([row, from, to, value]) => (
          <rect key={`${row} ${from}`} className="cell" opacity={value} x={0.5 + from * cell} y={shift + 0.5 + row * cell}
            width={(to - from) * cell} height={cell} />
        ))}
        <path className="between" d={linesBetween(rows, columns, cell, shift)} />
      </svg>
      {copies > 1 && <span className="copies">{fill(layers === "windows" ? words.windows : words.heads, { count: copies })}</span>}
    </>
  );
}

// So that a matrix that is all of one value is seen to be a matrix.
function linesBetween(rows: number, columns: number, cell: number, shift: number): string {
  const across = Array.from({ length: rows - 1 }, (_, i) => `M0.5 ${shift + 0.5 + (i + 1) * cell}h${columns * cell}`);
  const down = Array.from({ length: columns - 1 }, (_, i) => `M${0.5 + (i + 1) * cell} ${shift + 0.5}v${rows * cell}`);
  return [...across, ...down].join("");
}

// Neighbors of one value as one: [row, first column, column behind the last, value], but for zeros.
function runsOf(cells: number[][]): [number, number, number, number][] {
  return cells.flatMap((line, row) => {
    const runs: [number, number, number, number][] = [];
    line.forEach((value, column) => {
      const last = runs.at(-1);
      if (last && last[3] === value && last[2] === column) last[2]++;
      else runs.push([row, column, column + 1, value]);
    });
    return runs.filter(([, , , value]) => value > 0);
  });
}

// Over the first map of what enters the node, as far as there is a picture of it.
function Grid({ id, rows, columns, shift: [down, right] }: Extract<Sketch, { kind: "Grid" }> & { id: string }) {
  const picture = useCanvas((state) => pictureInto(state, id));
  if (!(rows > 0 && columns > 0)) return null;
  const width = Math.min(WIDEST, (SIDE * columns) / rows), height = Math.min(SIDE, (width * rows) / columns);
  const line = (cuts: number, moved: number, size: number) => Array.from({ length: cuts + 1 }, (_, i) => ((i + moved) * size) / cuts)
    .filter((at) => at > 0.5 && at < size - 0.5);
  const d = line(rows, down, height).map((y) => `M0 ${y}H${width}`).join("") + line(columns, right, width).map((x) => `M${x} 0V${height}`).join("");
  return (
    <div className="cut" style={{ width, height }}>
      {picture && <img src={picture} alt="" draggable={false} />}
      <svg width={width} height={height} aria-hidden="true">
        <path className={Math.max(rows, columns) > 5 ? "cuts fine" : "cuts"} d={d} />
      </svg>
    </div>
  );
}

function pictureInto(state: State, id: string): string | null {
  const edge = state.edges.find(({ target, data }) => target === id && data!.port === 0);
  return edge ? state.summaries.get(edge.source)?.thumbnail ?? null : null;
}
