// A node in words, for those who do not see it.

import type { NodeSummary, Kind, Words } from "./contract";
import { fill } from "./numbers";

export function nodeLabel(id: string, kind: Kind, summary: NodeSummary | undefined, inputs: number, words: Words): string {
  const parts = [id, kind.title];
  if (summary?.shape) parts.push(fill(words.output_shape, { shape: summary.shape }));
  if (summary?.is_output) parts.push(words.output);
  if (!inputs && kind.inputs.length) parts.push(words.not_connected);
  const count = summary?.problems.length ?? 0;
  if (count) parts.push(fill(count === 1 ? words.one_problem : words.problems, { count }));
  if (summary?.change) parts.push(words[`change_${summary.change}`], summary.change_text);
  if (kind.opens) parts.push(words.opens);
  return parts.filter(Boolean).join(", ");
}
