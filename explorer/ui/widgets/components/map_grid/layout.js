// Where each map lies: all in device pixels, so that a value is a whole number of them.

const GAP = 6;            // between maps, CSS pixels
const CAPTION = 18;       // a line of labels under a map
const CELL = { wide: 68, high: 30, small: 22, gap: 2, most: 20 };  // a vector's cells; up to `most` show their value

function layoutAll(grid) {
  const width = grid.box.clientWidth;
  if (!grid.data || !width) return;
  for (const row of grid.rows) {
    row.layout = row.data.strip ? layoutStrip(row.data, width) : layoutMaps(row.data, width, grid.data.cell_px);
    const { layout, canvas } = row;
    if (canvas.width !== layout.width) canvas.width = layout.width;
    if (canvas.height !== layout.height) canvas.height = layout.height;
    canvas.style.width = `${layout.width / layout.ratio}px`;
    canvas.style.height = `${layout.height / layout.ratio}px`;
    placeCursor(grid, row);
    if (row.visible) paint(grid, row);
  }
}

function layoutMaps(data, room, wanted) {
  const ratio = devicePixelRatio || 1, gap = Math.round(GAP * ratio);
  const side = wanted || (data.count > 16 ? 60 : 80);
  const largest = Math.max(data.height, data.width, 1);
  const most = Math.floor((room * ratio - 2) / Math.max(data.width, 1));
  const unit = Math.max(1, Math.min(Math.round((side * ratio) / largest), most));
  const caption = data.labels.length ? Math.round(CAPTION * ratio) : 0;
  // one pixel of frame on each side of a map belongs to its pitch
  const pitchX = data.width * unit + 2 + gap, pitchY = data.height * unit + 2 + gap + caption;
  const columns = Math.max(1, Math.min(data.count, Math.floor((room * ratio + gap) / pitchX)));
  const lines = Math.ceil(data.count / columns);
  const width = Math.max(1, columns * pitchX - gap), height = Math.max(1, lines * pitchY - (caption ? 0 : gap));
  return { ratio, unitX: unit, unitY: unit, pitchX, pitchY, columns, caption, width, height };
}

function layoutStrip(data, room) {
  const ratio = devicePixelRatio || 1, gap = Math.round(CELL.gap * ratio);
  const worded = data.count === 1 && data.width <= CELL.most;
  const unitX = Math.round((worded ? CELL.wide : CELL.small) * ratio);
  const unitY = Math.round((worded ? CELL.high : CELL.small) * ratio);
  const caption = worded && data.labels.length ? Math.round(CAPTION * ratio) : 0;
  const pitchX = unitX + gap, pitchY = unitY + gap + caption;
  const columns = Math.max(1, Math.min(data.width, Math.floor((room * ratio + gap) / pitchX)));
  const perMap = Math.ceil(data.width / columns);
  const width = Math.max(1, columns * pitchX - gap);
  const height = Math.max(1, data.count * perMap * pitchY - (caption ? 0 : gap));
  return { ratio, unitX, unitY, pitchX, pitchY, columns, caption, worded, perMap, width, height };
}

// The corner of a unit in device pixels; a map lies one pixel inside its frame.
function corner(row, { map, y, x }) {
  const { layout, data } = row;
  if (data.strip) {
    const line = map * layout.perMap + Math.floor(x / layout.columns);
    return [(x % layout.columns) * layout.pitchX, line * layout.pitchY];
  }
  return [(map % layout.columns) * layout.pitchX + 1 + x * layout.unitX,
          Math.floor(map / layout.columns) * layout.pitchY + 1 + y * layout.unitY];
}

function unitAt(row, event) {
  const { layout, data } = row, box = row.canvas.getBoundingClientRect();
  const px = ((event.clientX - box.left) / box.width) * layout.width;
  const py = ((event.clientY - box.top) / box.height) * layout.height;
  const column = Math.floor(px / layout.pitchX), line = Math.floor(py / layout.pitchY);
  const insideX = px - column * layout.pitchX, insideY = py - line * layout.pitchY;
  const inMap = (inside, unit) => Math.floor((inside - 1) / unit);
  const at = data.strip
    ? { map: Math.floor(line / layout.perMap), y: 0, x: (line % layout.perMap) * layout.columns + column }
    : { map: line * layout.columns + column, y: inMap(insideY, layout.unitY), x: inMap(insideX, layout.unitX) };
  const onCell = !data.strip || (insideX < layout.unitX && insideY < layout.unitY);
  return column < layout.columns && onCell && contains(data, at) ? at : null;
}
