// The safetensors format: 8 bytes with the header's length, a JSON header, the arrays.

export type Values = Float32Array | Float64Array | Int32Array | Uint8Array;
export interface Tensor { data: Values; shape: number[] }
export interface Message { meta: any; tensors: Record<string, Tensor> }

interface Entry { dtype: string; shape: number[]; data_offsets: [number, number] }

export function readMessage(buffer: ArrayBuffer): Message {
  const length = Number(new DataView(buffer).getBigUint64(0, true)), body = 8 + length;
  if (body > buffer.byteLength) throw new RangeError("cut short");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries<Entry>(header)) {
    if (name !== "__metadata__") tensors[name] = readTensor(buffer, body, entry);
  }
  return { meta: JSON.parse(header.__metadata__.meta), tensors };
}

function readTensor(buffer: ArrayBuffer, body: number, { dtype, shape, data_offsets: [from, to] }: Entry): Tensor {
  if (body + to > buffer.byteLength) throw new RangeError("cut short");
  const data = decode(dtype, buffer.slice(body + from, body + to));  // a copy: the format aligns nothing
  if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new RangeError("an array of another size");
  return { data, shape };
}

function decode(dtype: string, bytes: ArrayBuffer): Values {
  switch (dtype) {
    case "F32": return new Float32Array(bytes);
    case "F64": return new Float64Array(bytes);
    case "I32": return new Int32Array(bytes);
    case "U8": case "BOOL": return new Uint8Array(bytes);
    case "I64": return Float64Array.from(new BigInt64Array(bytes), Number);
    case "F16": return Float32Array.from(new Uint16Array(bytes), (bits) => halves()[bits]!);
    default: throw new TypeError(`arrays of ${dtype} are not read`);
  }
}

let table: Float32Array | undefined;

// Every half-precision number by its bits.
function halves(): Float32Array {
  return (table ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  }));
}
