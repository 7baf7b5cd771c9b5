// The four numbers of a node, each with its meaning on hover.

import { memo } from "react";
import { useCanvas } from "../context";
import type { NodeSummary, Words } from "../contract";
import { bytesText, countText, fill } from "../numbers";

export const CardNumbers = memo(function CardNumbers({ summary }: { summary: NodeSummary }) {
  const words = useCanvas((state) => state.words);
  const { parameters, multiply_adds, activation_bytes } = summary;
  return (
    <dl className="numbers">
      <CardNumber name="parameters" number={countText(parameters)} empty={!parameters} words={words} />
      <CardNumber name="multiply_adds" number={countText(multiply_adds)} empty={!multiply_adds} words={words} />
      <CardNumber name="activation_bytes" number={bytesText(activation_bytes)} empty={!activation_bytes} words={words} />
      <dd title={words.receptive_field_help}>{fieldText(summary, words)}</dd>
    </dl>
  );
});

function CardNumber({ name, number, empty, words }: { name: string; number: string; empty: boolean; words: Words }) {
  return (
    <dd className={empty ? "zero" : ""} title={fill(words[`${name}_help`], { number })}>
      {fill(words[`${name}_short`], { number })}
    </dd>
  );
}

function fieldText({ receptive_field: field }: NodeSummary, words: Words): string {
  if (field === null) return "";
  return field === "all" ? words.sees_everything : fill(words.sees, { height: field[0], width: field[1] });
}
