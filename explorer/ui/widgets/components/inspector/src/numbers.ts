// Numbers as people read them, by the rules of explorer/formatting.py.

export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 ? "−" : "";
  if (!Number.isFinite(value)) return `${sign}∞`;
  if (value === 0) return "0";
  const [mantissa, power] = Math.abs(value).toExponential(digits - 1).split("e"), exponent = Number(power);
  if (exponent < -4 || exponent >= 7) return `${sign}${Number(mantissa)}×${powerOfTen(exponent)}`;
  const places = Math.max(digits - 1 - exponent, 0);
  return sign + Number(Math.abs(value).toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: places });
}

export function powerOfTen(exponent: number): string {
  return "10" + String(exponent).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]!));
}

// A template's braces filled with values; a value is never read as a template.
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (found, name: string) => String(values[name] ?? found));
}
