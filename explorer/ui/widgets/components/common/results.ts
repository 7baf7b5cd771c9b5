// Results as explorer/results/packing.py packs them, turned into plain objects with a `type`.

import type { Tensor } from "./tensors";

export interface Item { type: string; [field: string]: any }

export function unpack(value: any, tensors: Record<string, Tensor>): any {
  if (value === null || typeof value !== "object") return value;
  if (typeof value.array === "string") {
    const found = tensors[value.array];
    if (!found) throw new RangeError(`no array ${value.array}`);
    return found;
  }
  if (typeof value.number === "string") return Number(value.number.replace("inf", "Infinity"));  // "nan", "inf" or "-inf"
  if (Array.isArray(value.tuple)) return value.tuple.map((item: any) => unpack(item, tensors));
  if (typeof value.result !== "string") throw new TypeError("neither a result nor an array");
  const fields = Object.entries(value.fields ?? {}).map(([name, item]) => [name, unpack(item, tensors)]);
  return { type: value.result, ...Object.fromEntries(fields) };
}
