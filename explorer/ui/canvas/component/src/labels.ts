// A node in words, for those who do not see it.

import type { Facts, Kind, Words } from "./contract";
import { fill } from "./numbers";

export function nodeLabel(id: string, kind: Kind, facts: Facts | undefined, inputs: number, words: Words): string {
  const parts = [id, kind.title];
  if (facts?.shape) parts.push(fill(words.output_shape, { shape: facts.shape }));
  if (facts?.is_output) parts.push(words.output);
  if (!inputs && kind.inputs.length) parts.push(words.not_connected);
  const count = facts?.problems.length ?? 0;
  if (count) parts.push(fill(count === 1 ? words.one_problem : words.problems, { count }));
  if (facts?.change) parts.push(words[`change_${facts.change}`], facts.change_text);
  if (kind.opens) parts.push(words.opens);
  return parts.filter(Boolean).join(", ");
}
