// Arrays as NumPy's .npz: a ZIP of .npy files, stored as they are.

import type { Tensor } from "../../../common/tensors";

const ALIGN = 64;  // of an array's first byte in its file
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function toNpz(arrays: Record<string, Tensor>): Blob {
  const files = Object.entries(arrays).map(([name, tensor]) => ({ name: new TextEncoder().encode(`${name}.npy`), bytes: toNpy(tensor) }));
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const crc = crcOf(bytes), local = [record(0x04034b50, 30, [[4, 20], [26, name.length]], crc, bytes.length), name, bytes];
    directory.push(record(0x02014b50, 46, [[4, 20], [6, 20], [28, name.length]], crc, bytes.length, 16, at), name);
    parts.push(...local);
    at += 30 + name.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0), end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, new Uint8Array(end.buffer)] as BlobPart[]);
}

// A header of the ZIP: its numbers of two bytes by their place, the check sum and the sizes from `sums` on.
function record(signature: number, length: number, numbers: [number, number][], crc: number, size: number, sums = 14, offset?: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, signature, true);
  for (const [place, value] of numbers) view.setUint16(place, value, true);
  [crc, size, size].forEach((value, n) => view.setUint32(sums + 4 * n, value, true));
  if (offset !== undefined) view.setUint32(42, offset, true);
  return new Uint8Array(view.buffer);
}

function toNpy({ data, shape }: Tensor): Uint8Array {
  const type = data instanceof Float32Array ? "<f4" : data instanceof Float64Array ? "<f8" : data instanceof Int32Array ? "<i4" : "|u1";
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(" ")}), }`;
  const length = Math.ceil((10 + words.length + 1) / ALIGN) * ALIGN - 10, bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(words.padEnd(length - 1) + "\n"), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
