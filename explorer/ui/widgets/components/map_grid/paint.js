// What is on a row's canvas.

function showRow(grid, entry) {
  const row = grid.rows.find((one) => one.canvas === entry.target);
  if (!row) return;
  row.visible = entry.isIntersecting;
  if (row.visible && row.layout) paint(grid, row);
}

function paint(grid, row) {
  const { canvas, data, layout } = row, pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = false;
  if (data.strip) paintStrip(grid, row, pen);
  else paintMaps(grid, row, pen);
  const chosen = grid.data.selected;
  if (chosen && chosen.row === row.index) paintChosen(grid, row, pen, chosen.map);
  // tells tests and people with developer tools how the canvas is divided
  const { ratio, columns, pitchX, pitchY, unitX, unitY } = layout;
  Object.assign(canvas.dataset, { ratio, columns, pitchX, pitchY, unitX, unitY, inset: data.strip ? 0 : 1 });
  canvas.dataset.painted = Number(canvas.dataset.painted || 0) + 1;
}

function paintMaps(grid, row, pen) {
  const { data, layout } = row, size = data.height * data.width;
  if (!size) return;
  const small = new OffscreenCanvas(data.width, data.height), smallPen = small.getContext("2d");
  const image = smallPen.createImageData(data.width, data.height), missing = [];
  for (let map = 0; map < data.count; map++) {
    for (let i = 0; i < size; i++) {
      const value = data.values[map * size + i];
      image.data.set(colorOf(row, value), i * 4);
      image.data[i * 4 + 3] = 255;
      if (!Number.isFinite(value)) missing.push({ map, y: Math.floor(i / data.width), x: i % data.width });
    }
    smallPen.putImageData(image, 0, 0);
    const [left, top] = corner(row, { map, y: 0, x: 0 });
    pen.drawImage(small, left, top, data.width * layout.unitX, data.height * layout.unitY);
    paintFrame(grid, row, pen, map);
    if (layout.caption) paintCaption(grid, row, pen, map, left, top + data.height * layout.unitY);
  }
  for (const at of missing) hatch(row, pen, at);
}

function paintStrip(grid, row, pen) {
  const { data, layout } = row;
  for (let i = 0; i < data.values.length; i++) {
    const at = { map: Math.floor(i / data.width), y: 0, x: i % data.width }, [left, top] = corner(row, at);
    const value = data.values[i], color = colorOf(row, value);
    pen.fillStyle = `rgb(${color.join(",")})`;
    pen.fillRect(left, top, layout.unitX, layout.unitY);
    if (!Number.isFinite(value)) hatch(row, pen, at);
    strokeBox(pen, left + 0.5, top + 0.5, layout.unitX - 1, layout.unitY - 1, grid.look.frame, 1);
    const word = Number.isFinite(value) ? formatNumber(value, 3) : "?";
    if (layout.worded) paintWord(grid, row, pen, word, left, top + layout.unitY / 2, inkOn(color));
    if (layout.caption) paintCaption(grid, row, pen, i, left, top + layout.unitY);
  }
}

function paintChosen(grid, row, pen, map) {
  const { data, layout } = row, at = data.cells_are_maps ? { map: 0, y: 0, x: map } : { map, y: 0, x: 0 };
  if (!contains(data, at) || (data.strip && !data.cells_are_maps)) return;
  const [left, top] = corner(row, at), line = Math.round(3 * layout.ratio);
  const wide = (data.strip ? 1 : data.width) * layout.unitX, high = data.height * layout.unitY;
  // grows inward, since the edge of the canvas would cut what lies outside
  strokeBox(pen, left + line / 2, top + line / 2, wide - line, high - line, grid.look.primary, line);
}

// The frame's one pixel lies just outside of the map.
function paintFrame(grid, row, pen, map) {
  const [left, top] = corner(row, { map, y: 0, x: 0 }), { data, layout } = row;
  const wide = data.width * layout.unitX, high = data.height * layout.unitY;
  strokeBox(pen, left - 0.5, top - 0.5, wide + 1, high + 1, grid.look.frame, 1);
}

function strokeBox(pen, left, top, width, height, color, line) {
  pen.strokeStyle = color;
  pen.lineWidth = line;
  pen.strokeRect(left, top, width, height);
}

// Diagonals over what is no number; below four device pixels the grey alone has to do, the row's warning says it.
function hatch(row, pen, at) {
  const { unitX, unitY } = row.layout, [left, top] = corner(row, at);
  if (Math.min(unitX, unitY) < 4) return;
  pen.strokeStyle = "#222";
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(left, top + unitY);
  pen.lineTo(left + unitX, top);
  pen.stroke();
}

function paintCaption(grid, row, pen, map, left, top) {
  paintWord(grid, row, pen, row.data.labels[map] ?? "", left, top + row.layout.caption / 2, grid.look.text);
}

function paintWord(grid, row, pen, word, left, middle, color) {
  const { ratio, unitX } = row.layout, room = unitX * (row.data.strip ? 1 : row.data.width);
  pen.font = `${12 * ratio}px ${grid.look.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = color;
  let shown = word;
  while (shown.length > 1 && pen.measureText(shown).width > room) shown = shown.replace(/…$/, "").slice(0, -1) + "…";
  pen.fillText(shown, left + room / 2, middle);
}

// Whichever of black and white has the higher contrast on the color (WCAG 2.2, relative luminance).
function inkOn(color) {
  const [r, g, b] = color.map((channel) => (channel / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179 ? "#fff" : "#000";
}
