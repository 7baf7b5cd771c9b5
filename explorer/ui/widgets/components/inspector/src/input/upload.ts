// Inputs from outside of the page: a file chosen, dropped or pasted, made by the server what the network takes.

import type { PartData } from "../contract";
import { make } from "../dom";
import type { Item } from "../../../common/results";
import { store } from "../store";
import type { Tensor } from "../../../common/tensors";
import { bench, choosePixels } from "./choice";

export interface Bringing { buttons: HTMLElement[]; end(): void }

// Have the server prepare a drawing, a picture's file or a text; a sentence where it cannot.
export async function prepare(payload: Tensor, options: object): Promise<{ item: Item | null; sentence: string }> {
  const { results, sentence } = await store.ask("prepare", options, { arrays: { payload } });
  return { item: results[0] ?? null, sentence };
}

export function bytesOf(text: string): Tensor {
  const data = new TextEncoder().encode(text);
  return { data, shape: [data.length] };
}

// The picture that was brought last, so that it can be inverted after all.
export interface Brought { bytes: Tensor; name: string; inverted: boolean; canInvert: boolean; pixels: Tensor }

let brought: Brought | null = null;

export function lastBrought(): Brought | null {
  return brought && store.look.input.pixels === brought.pixels ? brought : null;
}

export async function bring(bytes: Tensor, name: string, kind: string, invert: boolean | null): Promise<string> {
  const { item, sentence } = await prepare(bytes, { kind, ...(invert === null ? {} : { invert }) });
  if (!item) return sentence;
  bench.set(false);
  brought = kind === "picture" ? { bytes, name, inverted: item.inverted, canInvert: item.can_invert, pixels: item.values } : null;
  choosePixels(item.values, name, item.tokens);
  return item.note ?? "";
}

export function makeBringing(host: HTMLElement, { words, options }: PartData, say: (sentence: string) => void): Bringing {
  const kind = { image: "picture", text: "text" }[options.kind as string];
  if (!kind) return { buttons: [], end: () => {} };
  const field = make("input"), control = new AbortController(), { signal } = control;
  Object.assign(field, { type: "file", hidden: true, accept: kind === "picture" ? "image/*" : "text/plain,.txt,.md" });
  field.setAttribute("aria-label", words.upload!);
  const take = async (file: Blob & { name?: string }) => {
    try {
      const data = new Uint8Array(await file.arrayBuffer());
      say(await bring({ data, shape: [data.length] }, file.name || words.pasted!, kind, null));
    } catch {
      say(words.unreachable!);
    }
  };
  field.addEventListener("change", () => { if (field.files?.[0]) void take(field.files[0]); field.value = ""; });
  host.addEventListener("dragover", (event) => { event.preventDefault(); host.classList.add("over"); }, { signal });
  host.addEventListener("dragleave", () => host.classList.remove("over"), { signal });
  host.addEventListener("drop", (event) => {
    event.preventDefault();
    host.classList.remove("over");
    if (event.dataTransfer?.files[0]) void take(event.dataTransfer.files[0]);
  }, { signal });
  document.addEventListener("paste", (event) => {
    const found = isTyping(event.target) ? null : fromClipboard(event.clipboardData, kind);
    if (found) { event.preventDefault(); void take(found); }
  }, { signal });
  const upload = labeled(words.upload!, words.upload_help!, () => field.click());
  const read = () => readClipboard(kind).then((found) => (found ? take(found) : say(words.nothing_to_paste!)), () => say(words.paste_by_keys!));
  const paste = labeled(words.paste!, words.paste_help!, () => void read());
  return { buttons: [field, upload, paste], end: () => control.abort() };
}

export function labeled(title: string, help: string, act: () => void): HTMLButtonElement {
  const made = make("button", "chip", title);
  made.type = "button";
  made.title = help;
  made.addEventListener("click", act);
  return made;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=range]):not([type=file]), textarea, [contenteditable=true]");
}

function fromClipboard(clipboard: DataTransfer | null, kind: string): Blob | null {
  if (kind === "text") return textBlob(clipboard?.getData("text/plain") ?? "");
  return [...(clipboard?.files ?? [])].find((file) => file.type.startsWith("image/")) ?? null;
}

async function readClipboard(kind: string): Promise<Blob | null> {
  if (kind === "text") return textBlob(await navigator.clipboard.readText());
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((each) => each.startsWith("image/"));
    if (type) return item.getType(type);
  }
  return null;
}

function textBlob(text: string): Blob | null {
  return text ? new Blob([text]) : null;
}
