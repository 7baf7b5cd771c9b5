// Line drawings of 24×24 units, as wide as the text is high.

const PATHS = {
  tidy: "M4 5h6v5H4zM14 5h6v5h-6zM4 14h6v5H4zM14 14h6v5h-6z",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  group: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 9h4v4H8zM13 13h4v3h-4z",
  ungroup: "M4 4h7v7H4zM13 13h7v7h-7zM15 5l4 4M19 5l-4 4",
  open: "M5 5h14v14H5zM9 12h6M12 9l3 3-3 3",
  output: "M4 12h11M11 8l4 4-4 4M19 4v16",
  keep: "M6 4h12v16l-6-4-6 4z",
  duplicate: "M8 8h12v12H8zM16 8V4H4v12h4",
  remove: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  minimap: "M4 5h16v14H4zM12 12h6v5h-6z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8 8h8M8 11h6",
  search: "M11 5a6 6 0 1 1 0 12a6 6 0 0 1 0-12M16 16l4 4",
  close: "M6 6l12 12M18 6 6 18",
  moved: "M12 4v16M4 12h16M12 4l-2 2M12 4l2 2M12 20l-2-2M12 20l2-2M4 12l2-2M4 12l2 2M20 12l-2-2M20 12l-2 2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={PATHS[name]} /></svg>
  );
}
