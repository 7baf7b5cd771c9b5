// Pictures of samples by their place, asked for as they come into view and kept.

import { store } from "../store";

const AT_ONCE = 128, MOST = 20_000;

export class ThumbnailStore {
  private pictures = new Map<number, HTMLCanvasElement>();
  private wanted: number[] = [];
  private asking = false;
  private over = false;
  private fails = 0;

  constructor(private arrived: () => void) {}

  get(place: number): HTMLCanvasElement | undefined {
    return this.pictures.get(place);
  }

  want(places: number[]): void {
    this.wanted = places.filter((place) => !this.pictures.has(place));
    if (this.wanted.length && !this.asking) void this.ask();
  }

  forget(): void {
    this.pictures.clear();
    this.fails = 0;
  }

  end(): void {
    this.over = true;
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.wanted.length && !this.over && this.fails < 3) {
      const places = this.wanted.splice(0, AT_ONCE);
      try {
        const { results } = await store.ask("thumbnails", { places });
        if (!results[0]) break;
        this.keep(results[0].places.data, results[0].pixels);
      } catch {
        this.fails++;
      }
      if (!this.over) this.arrived();
    }
    this.asking = false;
  }

  private keep(places: ArrayLike<number>, { data, shape }: { data: Uint8Array; shape: number[] }): void {
    const [, height, width, channels] = shape as [number, number, number, number];
    if (this.pictures.size > MOST) this.pictures.clear();
    for (let i = 0; i < places.length; i++) {
      this.pictures.set(places[i]!, paint(data.subarray(i * height * width * channels), width, height, channels));
    }
  }
}

function paint(bytes: Uint8Array, width: number, height: number, channels: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d")!, image = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = bytes[i * channels + (channels === 1 ? 0 : c)]!;
    image.data[i * 4 + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}
