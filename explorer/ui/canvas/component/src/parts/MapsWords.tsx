// The words on a card of maps: as large on the screen at every zoom at which they have room, larger on a projector.

import { useStore } from "@xyflow/react";
import type { Ref } from "react";
import { useCanvas } from "../context";

const NAME_PX = 10, SIZE_PX = 9.4, LEAST_NAME_PX = 12.5, LEAST_SIZE_PX = 11, LINE_PX = 20, SMALL_LINE_PX = 18;  // the last four on the plane
const ALONE_ZOOM = 0.46, ALONE_PX = 34;  // below, the name has both lines

export function MapsHead({ id, shape, title }: { id: string; shape: string; title: string }) {
  const { zoom, sized } = useSizes(), isAlone = zoom < ALONE_ZOOM;
  return (
    <div className="head" title={title}>
      <bdi className="name" style={{ fontSize: sized(NAME_PX, LEAST_NAME_PX, isAlone ? ALONE_PX : LINE_PX) }}>{id}</bdi>
      {!isAlone && <span className="size" style={{ fontSize: sized(SIZE_PX, LEAST_SIZE_PX, SMALL_LINE_PX) }}>{shape}</span>}
    </div>
  );
}

export function MapsPart({ words }: { words: string }) {
  const { sized } = useSizes();
  return <div className="part" style={{ fontSize: sized(SIZE_PX, LEAST_SIZE_PX, SMALL_LINE_PX) }}>{words}</div>;
}

// What `number` and `bar` show is written past React.
export function MapsNumber({ bar, number }: { bar: Ref<HTMLElement>; number: Ref<HTMLElement> }) {
  const { sized } = useSizes();
  return <div className="number" style={{ fontSize: sized(SIZE_PX, LEAST_SIZE_PX, SMALL_LINE_PX) }}><i ref={bar} /><b ref={number} /></div>;
}

function useSizes(): { zoom: number; sized: (px: number, least: number, most: number) => number } {
  const zoom = useStore(({ transform }) => transform[2]), scale = useCanvas((state) => state.look.scale);
  return { zoom, sized: (px, least, most) => Math.min(most, Math.max(least, px * scale / zoom)) };
}
