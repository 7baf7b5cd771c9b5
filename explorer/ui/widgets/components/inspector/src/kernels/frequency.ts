// How strongly a kernel answers to waves: the magnitude of its Fourier transform, zero frequency in the middle.

import type { Values } from "../../../common/tensors";

const FINENESS = 16;  // frequencies along an axis: a kernel is surrounded by zeros up to there

export interface Response { values: Float32Array; rows: number; columns: number }

const along = (size: number): number => (size === 1 ? 1 : Math.max(FINENESS, size));

// As numpy.abs(fftshift(fft2(kernel, (rows, columns)))).
export function responseOf(values: Values, from: number, high: number, wide: number): Response {
  const rows = along(high), columns = along(wide), values_ = new Float32Array(rows * columns);
  const across = wavesOf(wide, columns), down = wavesOf(high, rows);
  const real = new Float64Array(high * columns), imaginary = new Float64Array(high * columns);
  for (let y = 0; y < high; y++) {
    for (let u = 0; u < columns; u++) {
      for (let x = 0; x < wide; x++) {
        const value = values[from + y * wide + x]!, wave = u * wide + x;
        real[y * columns + u]! += value * across.cos[wave]!;
        imaginary[y * columns + u]! -= value * across.sin[wave]!;
      }
    }
  }
  for (let v = 0; v < rows; v++) {
    for (let u = 0; u < columns; u++) {
      let [re, im] = [0, 0];
      for (let y = 0; y < high; y++) {
        const a = real[y * columns + u]!, b = imaginary[y * columns + u]!, cos = down.cos[v * high + y]!, sin = down.sin[v * high + y]!;
        re += a * cos + b * sin;
        im += b * cos - a * sin;
      }
      values_[v * columns + u] = Math.hypot(re, im);
    }
  }
  return { values: values_, rows, columns };
}

const known = new Map<string, { cos: Float64Array; sin: Float64Array }>();

// (frequency, place), the frequencies from the most negative to the highest.
function wavesOf(size: number, count: number) {
  const key = `${size},${count}`;
  if (!known.has(key)) {
    const angle = (n: number) => (2 * Math.PI * (Math.floor(n / size) - Math.floor(count / 2)) * (n % size)) / count;
    known.set(key, { cos: Float64Array.from({ length: size * count }, (_, n) => Math.cos(angle(n))), sin: Float64Array.from({ length: size * count }, (_, n) => Math.sin(angle(n))) });
  }
  return known.get(key)!;
}
