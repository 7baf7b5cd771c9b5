// Numbers as explorer/text.py writes them.

const grouped = (value: number, digits: number): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function countText(count: number): string {
  if (count < 100_000) return grouped(count, 0);
  if (count >= 1e15) return count.toExponential(0).replace(/e\+?/, "e+");
  const [scale, suffix] = count >= 1e12 ? [1e12, "T"] : count >= 1e9 ? [1e9, "G"] : [1e6, "M"];
  const value = count / scale;
  return `${grouped(value, value < 10 ? 2 : 1)} ${suffix}`;
}

export function bytesText(size: number): string {
  for (const [unit, scale] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    const value = size / scale;
    if (value >= 0.9995) return `${grouped(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
  }
  return `${grouped(size, 0)} B`;
}

export function percentText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent < 9.95 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

// A number of the network, with four digits and a sign as wide as a plus.
export function numberText(value: number): string {
  return value.toPrecision(4).replaceAll("-", "−");
}

// A template's braces filled with values; a value is never read as a template.
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
