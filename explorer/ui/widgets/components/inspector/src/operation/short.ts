// Numbers so short that they fit into a cell.

export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (size >= 1e5) return `${sign}${size.toExponential(0).replace("e+", "e")}`;
  if (Number.isInteger(value)) return `${sign}${size}`;
  const words = size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size.toFixed(2);
  return Number(words) === 0 ? `${sign}0.00` : sign + words;
}
