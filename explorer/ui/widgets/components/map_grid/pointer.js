// The unit under the pointer or the cursor: moved, told in the tooltip, picked.

function listen(grid, row) {
  const { canvas } = row;
  canvas.addEventListener("pointermove", (event) => point(grid, row, unitAt(row, event)));
  canvas.addEventListener("pointerleave", () => point(grid, row, null));
  canvas.addEventListener("blur", () => point(grid, row, null));
  canvas.addEventListener("click", (event) => choose(grid, row, unitAt(row, event)));
  canvas.addEventListener("keydown", (event) => press(grid, row, event));
}

function press(grid, row, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !row.data.values.length) return;
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const { count, height, width } = row.data, first = { map: 0, y: 0, x: 0 };
  if (event.key in steps) speak(grid, row, row.at ? step(row, row.at, ...steps[event.key]) : first);
  else if (event.key === "Home") speak(grid, row, first);
  else if (event.key === "End") speak(grid, row, { map: count - 1, y: height - 1, x: width - 1 });
  else if (event.key === "Enter" || event.key === " ") choose(grid, row, row.at);
  else if (event.key === "Escape") point(grid, row, null);
  else return;
  event.preventDefault();
}

// One unit on; past the edge of a map into its neighbour, past the last one nowhere.
function step(row, { map, y, x }, dx, dy) {
  const { data, layout } = row;
  if (data.strip) {
    const cell = map * data.width + x + dx + dy * layout.columns;
    if (cell < 0 || cell >= data.values.length) return { map, y, x };
    return { map: Math.floor(cell / data.width), y: 0, x: cell % data.width };
  }
  const next = { map, y: y + dy, x: x + dx };
  if (next.x < 0 || next.x >= data.width) next.map += dx, next.x = dx < 0 ? data.width - 1 : 0;
  if (next.y < 0 || next.y >= data.height) next.map += dy * layout.columns, next.y = dy < 0 ? data.height - 1 : 0;
  return next.map < 0 || next.map >= data.count ? { map, y, x } : next;
}

function speak(grid, row, at) {
  point(grid, row, at);
  row.cursor.scrollIntoView({ block: "nearest" });
  grid.spoken.textContent = grid.tip.parts.map((part) => part.textContent).join(", ");
}

function choose(grid, row, at) {
  if (!at) return;
  const { data } = row, k = data.step;
  // a vector of 1×1 maps is one line here, a map a value there
  const place = data.cells_are_maps ? { map: at.x, y: 0, x: 0 } : { map: at.map, y: at.y * k, x: at.x * k };
  grid.pick({ row: row.index, ...place });
}

function point(grid, row, at) {
  row.at = at;
  for (const other of grid.rows) if (other !== row) (other.at = null), (other.cursor.hidden = true);
  placeCursor(grid, row);
  if (!at) return hideTip(grid);
  showTip(grid, row, at);
}

function placeCursor(grid, row) {
  const inside = row.at && contains(row.data, row.at);
  row.cursor.hidden = !inside;
  if (!inside) return;
  const { ratio, unitX, unitY } = row.layout, [left, top] = corner(row, row.at);
  const lengths = { left, top, width: unitX, height: unitY };
  for (const [name, length] of Object.entries(lengths)) row.cursor.style[name] = `${length / ratio}px`;
}

function hideTip(grid) {
  grid.tip.hidden = true;
  for (const row of grid.rows) (row.at = null), (row.cursor.hidden = true);
}

function showTip(grid, row, at) {
  const { data } = row, { words } = grid.data, index = data.strip && data.count === 1 ? at.x : at.map;
  const value = data.values[(at.map * data.height + at.y) * data.width + at.x];
  const [label, number, place] = grid.tip.parts;
  label.textContent = data.labels[index] ?? fill(words.unnamed, { axis: data.axis, index });
  number.textContent = valueText(value, data.unit, words);
  const where = { y: at.y * data.step, x: at.x * data.step };
  place.textContent = data.strip && data.count === 1 ? "" : fill(words.place, where);
  grid.tip.hidden = false;
  placeTip(grid, row);
}

function placeTip(grid, row) {
  const box = grid.box.getBoundingClientRect(), unit = row.cursor.getBoundingClientRect(), { tip } = grid;
  const right = unit.right - box.left + 10, above = unit.top - box.top - tip.offsetHeight - 10;
  const left = right + tip.offsetWidth <= box.width ? right : unit.left - box.left - tip.offsetWidth - 10;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${unit.top - tip.offsetHeight - 10 > 0 ? above : unit.bottom - box.top + 10}px`;
}
