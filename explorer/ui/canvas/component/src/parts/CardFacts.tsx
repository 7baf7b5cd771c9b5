// The four numbers of a node, each with its meaning on hover.

import { memo } from "react";
import { useCanvas } from "../context";
import type { Facts, Words } from "../contract";
import { bytesText, countText, fill } from "../numbers";

export const CardFacts = memo(function CardFacts({ facts }: { facts: Facts }) {
  const words = useCanvas((state) => state.words);
  const { parameters, multiply_adds, activation_bytes } = facts;
  return (
    <dl className="facts">
      <Fact name="parameters" number={countText(parameters)} empty={!parameters} words={words} />
      <Fact name="multiply_adds" number={countText(multiply_adds)} empty={!multiply_adds} words={words} />
      <Fact name="activation_bytes" number={bytesText(activation_bytes)} empty={!activation_bytes} words={words} />
      <dd title={words.receptive_field_help}>{fieldText(facts, words)}</dd>
    </dl>
  );
});

function Fact({ name, number, empty, words }: { name: string; number: string; empty: boolean; words: Words }) {
  return (
    <dd className={empty ? "zero" : ""} title={fill(words[`${name}_help`], { number })}>
      {fill(words[`${name}_short`], { number })}
    </dd>
  );
}

function fieldText({ receptive_field: field }: Facts, words: Words): string {
  if (field === null) return "";
  return field === "all" ? words.sees_everything : fill(words.sees, { height: field[0], width: field[1] });
}
