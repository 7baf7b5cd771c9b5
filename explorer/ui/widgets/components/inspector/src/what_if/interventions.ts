// Interventions as a person adds them and takes them back, and how they are written.

import type { Intervention, Look, Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import type { Store } from "../store";

export const isSamePart = (a: Intervention, b: Intervention): boolean => a.node === b.node && String(a.index) === String(b.index);

// A newer one takes the place of an older one of the same part.
export function put(store: Store, made: Intervention): void {
  const { interventions } = store.look;
  store.set({ interventions: [...interventions.filter((each) => !isSamePart(each, made)), made] });
}

export function takeBack(store: Store, one: Intervention): void {
  store.set({ interventions: store.look.interventions.filter((each) => !isSamePart(each, one)) });
}

export const undo = (store: Store): void => store.set({ interventions: store.look.interventions.slice(0, -1) });

// `conv2[3]`, `block1[:, 5]`; all of a node by its name alone.
export function nameOf({ node, index }: Intervention): string {
  return index.length ? `${node}[${index.map((at) => at ?? ":").join(", ")}]` : node;
}

export function describe(one: Intervention, words: Words): string {
  return fill(words[`did_${one.action}`]!, { part: nameOf(one), value: formatNumber(one.value) });
}

export function describeAll(interventions: Look["interventions"], words: Words, most: number): string {
  const listed = interventions.slice(0, most).map((one) => describe(one, words)).join(", ");
  return interventions.length > most ? `${listed}, …` : listed;
}
