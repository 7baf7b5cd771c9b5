// A question to the server's own route, packed as the answers are: safetensors with one JSON document.

import { type InputSpec, type Look, type Source, VERSION } from "./contract";
import { type Item, unpack } from "../../common/results";
import { readMessage, type Tensor } from "../../common/tensors";

export type Kind = "results" | "problem" | "note" | "gone" | "refused" | "outdated";
export interface Answer { kind: Kind; results: Item[]; sentence: string; step: number; hash: string | null; bytes: ArrayBuffer | null }
export interface Asking { options?: object; format?: "message" | "npz"; signal?: AbortSignal; path?: string; arrays?: Record<string, Tensor> }

const TIMEOUT_MS = 120_000, LONGEST_SENTENCE = 400;

export async function put(look: Look, language: string, probe: string, asking: Asking): Promise<Answer> {
  const arrays: Record<string, Tensor> = { ...asking.arrays };
  const { first, second } = inputsOf(look, arrays);
  const meta = {
    version: VERSION, language, step: look.step, input: first, against: second, inside: look.inside, edits: look.edits,
    interventions: look.interventions, source: look.source && sourceOf(look.source, arrays),
    options: asking.options ?? {}, format: asking.format ?? "message",
  };
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${pageFolder()}/layerscope/inspect/${encodeURIComponent(look.run)}/${encodeURIComponent(probe)}`, {
    method: "POST", body: pack(arrays, meta), cache: "no-store", signal: asking.signal ? AbortSignal.any([asking.signal, limit]) : limit,
  });
  return read(response, asking.format === "npz");
}

// "first" is what is looked at: where the second alone is shown, that one.
function inputsOf(look: Look, arrays: Record<string, Tensor>) {
  const { against, shown } = look, one = shown === "second" && against ? against : look;
  const other = shown === "difference" ? against : null;
  return {
    first: { ...describe(one.input, "input", arrays), changes: one.changes },
    second: other && { ...describe(other.input, "against", arrays), changes: other.changes },
  };
}

function sourceOf({ run, step, input, changes, edits }: Source, arrays: Record<string, Tensor>) {
  return { run, step, edits, input: { ...describe(input, "source", arrays), changes } };
}

function describe(input: InputSpec, name: string, arrays: Record<string, Tensor>) {
  if (input.pixels && !input.hash) arrays[name] = input.pixels;
  return { sample: input.sample, hash: input.hash, tokens: input.tokens, edited: input.edited };
}

async function read(response: Response, isFile: boolean): Promise<Answer> {
  const kind = (response.headers.get("X-Inspect-Line") ?? "results") as Kind, empty = { results: [], sentence: "", step: 0, hash: null, bytes: null };
  if (kind !== "results") return { ...empty, kind, sentence: (await response.text()).slice(0, LONGEST_SENTENCE) };
  if (!response.ok) throw new Error(String(response.status));
  const bytes = await response.arrayBuffer();
  if (isFile) return { ...empty, kind, bytes };
  const { meta, tensors } = readMessage(bytes);
  return { ...empty, kind, results: unpack(meta.results, tensors), step: Number(meta.step), hash: meta.hash ?? null };
}

function pack(arrays: Record<string, Tensor>, meta: object): Blob {
  const header: Record<string, unknown> = { __metadata__: { meta: JSON.stringify(meta) } };
  let end = 0;
  const parts = Object.entries(arrays).map(([name, { data, shape }]) => {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, (end += data.byteLength)] };
    return data as BlobPart;
  });
  const text = new TextEncoder().encode(JSON.stringify(header)), padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(32);
  padded.set(text);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(padded.length), true);
  return new Blob([length.buffer, padded, ...parts]);
}

function dtypeOf(data: Tensor["data"]): string {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "U8";
}

// Of the page without its own name, so that a base path leads there, too.
function pageFolder(): string {
  return location.pathname.replace(/\/[^/]*$/, "");
}
