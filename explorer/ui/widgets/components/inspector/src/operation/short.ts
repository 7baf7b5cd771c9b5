// Numbers so short that they fit into a cell.

const NARROW_PX = 32;

// width: of the cell; in a narrow one a zero before the point is left out.
export function shortNumber(value: number, width = NARROW_PX): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (Number.isInteger(value) && size < 1e4) return `${sign}${size}`;
  if (size >= 1e4) return `${sign}${size.toExponential(0).replace("e+", "e")}`;
  const words = size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size.toFixed(2);
  if (Number(words) === 0) return "0";
  return sign + (width < NARROW_PX ? words.replace(/^0\./, ".") : words);
}
