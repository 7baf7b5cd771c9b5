// Values to colors, and the ink that is readable on them.

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

// Streamlit's background is a hex color or an rgb() one; dark is what is nearer to black.
function isDark(color) {
  const text = color.trim();
  const [r, g, b] = /^#.{6}/.test(text) ? rgb(text) : (text.match(/\d+(\.\d+)?/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}

// 511 entries for signed values, so that zero has one of its own; 256 for unsigned ones.
function colorTable(signed, scales, dark) {
  const stops = signed ? scales.signed[dark ? "dark" : "light"] : scales.sequential;
  const size = signed ? 511 : 256, anchors = stops.map(rgb), table = new Uint8Array(size * 3);
  for (let i = 0; i < size; i++) {
    const along = (i / (size - 1)) * (anchors.length - 1), left = Math.min(Math.floor(along), anchors.length - 2);
    const [from, to] = [anchors[left], anchors[left + 1]];
    for (let c = 0; c < 3; c++) table[i * 3 + c] = Math.round(from[c] + (to[c] - from[c]) * (along - left));
  }
  return { table, stops, size, missing: rgb(scales.missing) };
}

function colorOf(row, value) {
  const { table, size, missing } = row.colors;
  if (!Number.isFinite(value)) return missing;
  const share = row.data.signed ? (value / row.data.limit + 1) / 2 : value / row.data.limit;
  const i = Math.round(Math.min(1, Math.max(0, share)) * (size - 1)) * 3;
  return [table[i], table[i + 1], table[i + 2]];
}
