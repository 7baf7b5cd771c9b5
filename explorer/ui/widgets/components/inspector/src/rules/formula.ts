// Formulas of activations in Python's signs, such as `x if x > 0 else 0.1 * x`: read once, then computed for numbers.

type Known = Record<string, number>;
type Formula = (known: Known) => number;

const sigmoid = (x: number): number => (x >= 0 ? 1 : Math.exp(x)) / (1 + Math.exp(-Math.abs(x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const FUNCTIONS: Record<string, (...x: number[]) => number> = {
  exp: Math.exp, log: Math.log, sqrt: Math.sqrt, abs: Math.abs, sin: Math.sin, cos: Math.cos, tanh: Math.tanh, max: Math.max, min: Math.min,
  relu: (x) => Math.max(x!, 0), sigmoid: (x) => sigmoid(x!), softplus: (x) => softplus(x!), erf: (x) => erf(x!),
};
const CONSTANTS: Known = { pi: Math.PI, e: Math.E };
const BINDS: Record<string, number> = { "<": 1, ">": 1, "<=": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "**": 5 };
const APPLY: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "**": (a, b) => a ** b,
  "<": (a, b) => Number(a < b), ">": (a, b) => Number(a > b), "<=": (a, b) => Number(a <= b), ">=": (a, b) => Number(a >= b),
};
const UNARY_BINDS = 4, TOKEN = /\s*(\*\*|<=|>=|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|\w+|[-+*/<>(),])/gy;

const kept = new Map<string, Formula>();

export function evaluate(formula: string, known: Known): number {
  if (!kept.has(formula)) kept.set(formula, new Reader(formula).whole());
  return kept.get(formula)!({ ...CONSTANTS, ...known });
}

class Reader {
  private readonly tokens: string[];
  private at = 0;

  constructor(formula: string) {
    this.tokens = [...formula.trim().matchAll(TOKEN)].map((found) => found[1]!);
  }

  whole(): Formula {
    const found = this.choice();
    if (this.at < this.tokens.length) throw new SyntaxError(`${this.tokens[this.at]} is no part of a formula`);
    return found;
  }

  private choice(): Formula {
    const yes = this.binary(0);
    if (!this.take("if")) return yes;
    const test = this.binary(0);
    this.need("else");
    const no = this.choice();
    return (known) => (test(known) ? yes(known) : no(known));
  }

  private binary(least: number): Formula {
    let left = this.unary();
    for (let sign = this.tokens[this.at]!; (BINDS[sign] ?? -1) > least; sign = this.tokens[this.at]!) {
      this.at++;
      const first = left, apply = APPLY[sign]!, second = this.binary(sign === "**" ? UNARY_BINDS - 1 : BINDS[sign]!);
      left = (known) => apply(first(known), second(known));
    }
    return left;
  }

  private unary(): Formula {
    if (this.take("+")) return this.binary(UNARY_BINDS);
    if (!this.take("-")) return this.atom();
    const inner = this.binary(UNARY_BINDS);
    return (known) => -inner(known);
  }

  private atom(): Formula {
    const token = this.tokens[this.at++] ?? "";
    if (token === "(") {
      const inner = this.choice();
      this.need(")");
      return inner;
    }
    if (/^[\d.]/.test(token)) return () => Number(token);
    if (token in FUNCTIONS && this.take("(")) return this.call(FUNCTIONS[token]!);
    if (/^\w/.test(token)) return (known) => known[token] ?? NaN;
    throw new SyntaxError(`${token} is no part of a formula`);
  }

  private call(apply: (...x: number[]) => number): Formula {
    const inner = [this.choice()];
    while (this.take(",")) inner.push(this.choice());
    this.need(")");
    return (known) => apply(...inner.map((each) => each(known)));
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private need(token: string): void {
    if (!this.take(token)) throw new SyntaxError(`${token} is missing in a formula`);
  }
}

// By its series near zero, by a continued fraction further out. Source: Abramowitz and Stegun 7.1.6 and 7.1.14.
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = size, total = size;
    for (let n = 1; Math.abs(term) > 1e-17 * total; n++) total += term = (term * 2 * size * size) / (2 * n + 1);
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * total;
  }
  let rest = 0;
  for (let n = 60; n > 0; n--) rest = n / 2 / (size + rest);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + rest));
}
