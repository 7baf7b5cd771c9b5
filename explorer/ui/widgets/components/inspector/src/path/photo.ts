// A picture of the input, gray or in color, as a map whose every value has a color of its own.

import type { Colors, Map } from "../scene";
import type { Tensor } from "../../../common/tensors";

interface Photo { values: Float32Array; colors: Colors; rows: number; columns: number }

const photos = new WeakMap<object, Photo>();
let made = 0;

export function imageOf(maps: Tensor, box: { x: number; y: number; width: number; height: number }): Map {
  const { values, colors, rows, columns } = photos.get(maps.data) ?? make(maps);
  return { kind: "map", ...box, values, from: 0, rows, columns, limit: Math.max(1, values.length - 1), colors };
}

function make({ data, shape }: Tensor): Photo {
  const [count, rows, columns] = shape as [number, number, number], pixels = rows * columns;
  const table = new Uint8ClampedArray(Math.max(2, pixels) * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) table[3 * i + c] = 255 * data[(count >= 3 ? c : 0) * pixels + i]!;
  }
  const values = Float32Array.from({ length: pixels }, (_, i) => i);
  const photo = { values, rows, columns, colors: { signed: false, table, stops: [`photo ${++made}`], missing: [0, 0, 0] } };
  photos.set(data, photo);
  return photo;
}
