// Epoch, losses and accuracy of the kept steps, as Python read them from what the run recorded; and which steps are damaged.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";

export interface Recorded {
  step: number[];
  damaged: number[];
  epoch?: (number | null)[];
  loss?: (number | null)[];
  validation_loss?: (number | null)[];
  validation_accuracy?: (number | null)[];
}

class Moments {
  private recorded: Recorded = { step: [], damaged: [] };
  private readonly listeners = new Set<() => void>();

  take(recorded: Recorded | undefined): void {
    if (!recorded || JSON.stringify(recorded) === JSON.stringify(this.recorded)) return;
    this.recorded = recorded;
    for (const listener of [...this.listeners]) listener();
  }

  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  isDamaged(step: number): boolean {
    return this.recorded.damaged.includes(step);
  }

  get damaged(): number[] {
    return this.recorded.damaged;
  }

  // The moment of a step in words, as far as it was recorded.
  describe(step: number, words: Words): string {
    const place = this.recorded.step.indexOf(step), { epoch, loss, validation_loss, validation_accuracy } = this.recorded;
    const part = (template: string, value: number | null | undefined, written: (value: number) => string) => (
      value === null || value === undefined ? "" : fill(template, { value: written(value) })
    );
    return [
      part(words.epoch!, epoch?.[place], (value) => value.toFixed(2)), part(words.loss!, loss?.[place], formatNumber),
      part(words.validation_loss!, validation_loss?.[place], formatNumber),
      part(words.validation_accuracy!, validation_accuracy?.[place], (value) => `${(100 * value).toFixed(1)} %`),
    ].filter(Boolean).join(" · ");
  }
}

export const moments = new Moments();
