import { useCanvas } from "../context";

// The block that follows the pointer from the palette.
export function Carried() {
  const carried = useCanvas((state) => state.carried);
  const color = useCanvas((state) => (carried && state.look.families[carried.kind.family]) ?? state.look.muted);
  if (!carried) return null;
  const style = { left: carried.x, top: carried.y, "--family": color } as React.CSSProperties;
  return <div className="carried" style={style}><bdi>{carried.kind.title}</bdi></div>;
}
