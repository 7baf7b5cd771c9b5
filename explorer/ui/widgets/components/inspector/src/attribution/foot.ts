// Below a picture: the value at a place, what all add up to, the error of that, and a mark where it is wrong.

import type { Colors, Words } from "../contract";
import { button, make, setText } from "../dom";
import { fill, formatNumber } from "../../../common/numbers";
import { choices } from "./choices";
import { type Attribution, isMarked, type Method } from "./contract";

interface About { words: Words; look: Colors; method: Method; isMeasuring: boolean; isStale: boolean; value: number | null }

const LEAST = 1e-4;  // an error that is written

export class Foot {
  readonly element = make("div", "attribution-foot");
  private readonly value = make("p", "attribution-value");
  private readonly sum = make("p");
  private readonly error = make("p");
  private readonly wrong = make("p", "attribution-wrong");
  private readonly reason = make("p", "attribution-reason");
  private readonly prepare: HTMLButtonElement;

  constructor(prepare: () => void) {
    this.prepare = button("", "", prepare);
    this.element.append(this.value, this.wrong, this.sum, this.error, this.reason, this.prepare);
  }

  get saying(): string {
    return [this.wrong, this.sum, this.error].map(({ textContent }) => textContent).filter(Boolean).join(". ");
  }

  show(found: Attribution | null, { words, look, method, isMeasuring, value }: About): void {
    const isWrong = found !== null && isMarked(found, isMeasuring), share = !found ? "" : found.error < LEAST ? words.least! : `${formatNumber(100 * found.error, 2)} %`;
    setText(this.value, value === null ? "" : fill(words.here!, { value: formatNumber(value, 3) }));
    setText(this.wrong, isWrong ? `${look.problem.icon} ${fill(words.wrong!, { error: share })}` : "");
    setText(this.sum, found ? this.summing(found, method, words) : "");
    setText(this.error, !found || isWrong || !found.sums.data.length ? "" : isMeasuring ? words.measuring! : Number.isNaN(found.error) ? words.no_error! : fill(found.samples > 1 ? words.error! : words.error_here!, { error: share, samples: found.samples }));
    setText(this.reason, found?.reason ?? "");
    this.reason.title = found?.reason ?? "";
    setText(this.prepare, words.prepare!);
    this.prepare.hidden = !isWrong || !method.has_prepared_copy || choices.chosen.prepared;
  }

  private summing({ sums, differences }: Attribution, { has_error }: Method, words: Words): string {
    if (!sums.data.length) return has_error ? "" : words.no_promise!;
    return fill(words.sum!, { sum: formatNumber(sums.data[0]!, 3), difference: formatNumber(differences.data[0]!, 3) });
  }
}
