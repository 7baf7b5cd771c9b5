// Values in words.

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function valueText(value, unit, words) {
  if (Number.isNaN(value)) return words.nan;
  if (!Number.isFinite(value)) return value > 0 ? words.infinite : words.minus_infinite;
  return formatNumber(value) + (unit && unit !== "%" ? " " : "") + unit;
}

// The rule of figures/numbers.py: four significant digits, no idle zeros, a true minus, powers of ten when far from 1.
function formatNumber(value, digits = 4) {
  if (value === 0) return "0";
  const sign = value < 0 ? "−" : "";
  const [mantissa, power] = Math.abs(value).toExponential(digits - 1).split("e"), exponent = Number(power);
  if (exponent < -4 || exponent >= 7) return `${sign}${Number(mantissa)}×10${superscript(exponent)}`;
  const places = Math.max(digits - 1 - exponent, 0);
  return sign + Number(Math.abs(value).toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: places });
}

function superscript(number) {
  return String(number).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
}
