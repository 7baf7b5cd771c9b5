// What Python hands over when it draws a part, and what the server answers about a run.

export interface Sign { color: string; icon: string; word: string }
export interface Role { color: string; dash: string; symbol: string; text: string; name: string }

export interface Look {
  dark: boolean; scale: number;
  background: string; panel: string; text: string; muted: string; grid: string; accent: string; pale: string;
  roles: Record<"training" | "validation" | "test" | "coming", Role>;
  problem: Sign; warning: Sign; valid: Sign;
  classes: string[]; sequential: string[]; diverging: string[]; line: string; samples: string;
}

export interface Overlay { shape: number[]; x: [number, number]; y: [number, number]; probabilities: string; name: string }

export interface Options { names?: string[]; rest?: boolean; besides?: string[]; overlay?: Overlay | null; title?: string; known?: string; picks?: boolean; terms?: Record<string, string>; epochs?: number }

export interface LiveData {
  part: string; run: string | null; language: string; height_px: number;
  words: Record<string, string>; states: Record<string, { icon: string; color: string }>;
  look: Look; options: Options;
}

export interface Component {
  parentElement: HTMLElement;
  data: LiveData;
  setTriggerValue: (name: string, value: unknown) => void;
}

export interface Chart {
  name: string; title: string; y_axis: string; drawn: string; log: boolean; range: [number, number] | null; note: string;
  references: { name: string; y: number }[];
}

export interface Meta {
  version: number; cursor: string; replace: boolean; end: boolean;
  state: string; state_word: string; reason: string; is_live: boolean;
  step: number; total_steps: number; batches_per_epoch: number; epochs: number; epoch: number;
  samples_per_s: number | null; steps_per_s: number | null; memory_bytes: number | null; left_s: number | null;
  learning_rate: number | null;
  charts: Chart[]; layers: string[]; rate_log: boolean;
}

export const VERSION = 1;
