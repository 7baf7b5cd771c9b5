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

export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

export function bytesText(size: number): string {
  for (const [unit, scale] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    const value = size / scale;
    if (value >= 0.9995) return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
  }
  return `${whole(size)} B`;
}

export function clock(seconds: number): string {
  const all = Math.max(0, Math.round(seconds)), two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

// How much of its track a bar fills: nothing where there is no number.
export const filled = (share: number): string => `${Math.max(0, Math.min(1, share)) * 100 || 0}%`;

// A template's braces filled with values; a value is never read as a template.
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (found, name: string) => String(values[name] ?? found));
}
