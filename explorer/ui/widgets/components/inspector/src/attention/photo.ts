// The input's picture in gray, so that the colors over it are those of the weights.

import type { Tensor } from "../../../common/tensors";

const grays = new WeakMap<object, Tensor>();

export function grayOf({ data, shape }: Tensor): Tensor {
  const [channels, rows, columns] = shape as [number, number, number];
  if (channels === 1) return { data, shape };
  if (!grays.has(data)) {
    const size = rows * columns, mean = Float32Array.from({ length: size }, (_, i) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += data[channel * size + i]!;
      return sum / channels;
    });
    grays.set(data, { data: mean, shape: [1, rows, columns] });
  }
  return grays.get(data)!;
}
