// Rows of maps, one canvas a row. Values arrive as exact float32; hovering never asks the server.
// The files of this folder are one module: mount.py joins them.

const grids = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!grids.has(root)) grids.set(root, createGrid(root));
  const grid = grids.get(root);
  grid.pick = (place) => component.setTriggerValue("pick", place);
  update(grid, component.data);
  // Streamlit also calls this for a run that was overtaken; only a root that left the page is over.
  return () => setTimeout(() => root.isConnected || destroy(grid));
}

// ---- what came from Python

function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const floats = new Float32Array(bytes.slice(4 + length).buffer);  // a slice, since a view may start unaligned
  let start = 0;
  for (const row of header.rows) {
    row.values = floats.subarray(start, (start += row.count * row.height * row.width));
  }
  return header;
}

// ---- the page: built once, later runs only repaint

function element(tag, name, parent) {
  const made = document.createElement(tag);
  made.className = name;
  parent.append(made);
  return made;
}

function createGrid(root) {
  const box = element("div", "grids", root);
  const grid = { root, box, rows: [], bytes: null };
  grid.list = element("div", "list", box);
  grid.tip = createTip(box);
  grid.spoken = element("div", "spoken", box);
  grid.spoken.setAttribute("aria-live", "polite");
  grid.resized = new ResizeObserver(() => layoutAll(grid));
  grid.resized.observe(box);
  const see = (entries) => entries.forEach((entry) => showRow(grid, entry));
  grid.seen = new IntersectionObserver(see, { rootMargin: "300px" });
  return grid;
}

function createTip(box) {
  const tip = element("div", "tip", box);
  tip.hidden = true;
  tip.parts = ["label", "value", "place"].map((name) => element("div", name, tip));
  return tip;
}

function createRow(grid) {
  const section = element("section", "row", grid.list);
  const head = element("div", "head", section);
  const parts = {};
  for (const name of ["title", "subtitle", "note", "warning", "scale"]) parts[name] = element("span", name, head);
  parts.low = element("span", "low", parts.scale);
  parts.bar = element("span", "bar", parts.scale);
  parts.high = element("span", "high", parts.scale);
  const plane = element("div", "plane", section);
  const canvas = element("canvas", "maps", plane);
  const cursor = element("div", "cursor", plane);
  cursor.hidden = true;
  const row = { section, parts, plane, canvas, cursor, visible: false, at: null, index: grid.rows.length };
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  listen(grid, row);
  grid.seen.observe(canvas);
  return row;
}

function destroy(grid) {
  grid.resized.disconnect();
  grid.seen.disconnect();
  grid.box.remove();
  grids.delete(grid.root);
}

function update(grid, bytes) {
  if (grid.bytes !== bytes) {
    grid.bytes = bytes;
    grid.data = unpack(bytes);
  }
  const { rows } = grid.data;
  while (grid.rows.length < rows.length) grid.rows.push(createRow(grid));
  for (const old of grid.rows.splice(rows.length)) {
    grid.seen.unobserve(old.canvas);
    old.section.remove();
  }
  grid.look = readLook(grid.box);
  grid.rows.forEach((row, i) => fillRow(grid, row, rows[i]));
  layoutAll(grid);
  // who points at a unit keeps it, with its new value
  const active = grid.rows.find((row) => row.at);
  if (active) point(grid, active, contains(active.data, active.at) ? active.at : null);
  else hideTip(grid);
}

function readLook(box) {
  const style = getComputedStyle(box), variable = (name) => style.getPropertyValue(name);
  return {
    dark: isDark(variable("--st-background-color")), text: style.color, font: style.fontFamily,
    frame: variable("--st-border-color"), primary: variable("--st-primary-color"),
  };
}

function contains(data, at) {
  return at.map >= 0 && at.map < data.count && at.y >= 0 && at.y < data.height && at.x >= 0 && at.x < data.width;
}

function fillRow(grid, row, data) {
  row.data = data;
  row.colors = colorTable(data.signed, grid.data.scales, grid.look.dark);
  const { parts } = row;
  parts.title.textContent = data.title;
  parts.subtitle.textContent = data.subtitle;
  parts.note.textContent = data.values.length ? data.notes.join(" · ") : grid.data.words.empty;
  parts.warning.textContent = data.warning;
  parts.low.textContent = data.signed ? formatNumber(-data.limit) : "0";
  parts.high.textContent = formatNumber(data.limit) + (data.unit ? " " + data.unit : "");
  parts.bar.style.background = `linear-gradient(to right, ${row.colors.stops.join(", ")})`;
  parts.scale.hidden = !data.values.length;
  row.canvas.setAttribute("aria-label", `${data.description}. ${grid.data.words.keys}`);
}
