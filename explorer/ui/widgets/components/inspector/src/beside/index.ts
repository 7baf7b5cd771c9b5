// A view beside its own past, or another run or input: the same part a second time, exactly over the first and clipped at the
// handle. Only while there is something to compare with; each side follows a store of its own.

import type { MakePart, Part, PartData, Trigger } from "../contract";
import { make } from "../dom";
import { besideStore, type Store } from "../store";
import { Handle } from "./handle";
import { nameSides } from "./sides";
import { swipe } from "./swipe";

// Parts that are wrapped append to their host in order, and keep it for themselves.
export function withBeside(maker: MakePart): MakePart {
  return (host, data, trigger, store) => new Swiped(maker, host, data, trigger, store);
}

interface Over { host: HTMLElement; part: Part; handle: Handle; end: () => void }

class Swiped implements Part {
  private readonly part: Part;
  private readonly ends: (() => void)[];
  private over: Over | null = null;

  constructor(private readonly maker: MakePart, private readonly host: HTMLElement, private data: PartData, private readonly trigger: Trigger, private readonly store: Store) {
    this.part = maker(host, data, trigger, store);
    const mirror = (event: Event) => this.mirror(event.target as HTMLElement);
    host.addEventListener("scroll", mirror, { capture: true, passive: true });
    this.ends = [store.watch(() => this.show()), () => host.removeEventListener("scroll", mirror, true)];
    this.show();
  }

  private show(): void {
    const beside = this.data.probe ? this.store.look.beside : null;  // what asks nothing has no other side
    this.host.classList.toggle("swiped", beside !== null);
    if (!beside) return this.close();
    this.over ??= this.open();
    const { words, look } = this.data;
    this.over.host.classList.toggle("left", swipe.isLeft);
    this.host.classList.toggle("swiped-steps", swipe.isLeft);
    const sides = nameSides(swipe.kind ?? "step", this.store.look, beside, swipe.titles, words);
    this.host.style.setProperty("--inspector-own", JSON.stringify(`${sides.own}: `));
    this.over.handle.show(sides, words.swipe!, look);
  }

  private open(): Over {
    const host = make("div", `${[...this.host.classList].filter((name) => name !== "swiped").join(" ")} beside-over`), handle = new Handle(this.host);
    host.dataset.side = "beside";
    this.host.append(host, handle.names, handle.element);
    return { host, handle, part: this.maker(host, this.data, this.trigger, besideStore), end: swipe.add(this.host, () => handle.moved()) };
  }

  private close(): void {
    if (!this.over) return;
    const { host, part, handle, end } = this.over;
    end();
    part.end();
    host.remove();
    handle.names.remove();
    handle.element.remove();
    this.over = null;
  }

  // What one side scrolls, the other scrolls, too.
  private mirror(moved: HTMLElement): void {
    if (!this.over) return;
    const [from, to] = this.over.host.contains(moved) ? [this.over.host, this.host] : [this.host, this.over.host];
    const twin = twinOf(moved, from, to);
    if (twin && (twin.scrollLeft !== moved.scrollLeft || twin.scrollTop !== moved.scrollTop)) twin.scrollTo(moved.scrollLeft, moved.scrollTop);
  }

  update(data: PartData): void {
    this.data = data;
    this.part.update(data);
    this.over?.part.update(data);
    this.show();
  }

  end(): void {
    this.close();
    for (const end of this.ends) end();
    this.part.end();
  }
}

// The element at the same place of the other side.
function twinOf(element: HTMLElement, from: HTMLElement, to: HTMLElement): HTMLElement | null {
  if (element === from) return to;
  const parent = element.parentElement && twinOf(element.parentElement, from, to);
  return (parent?.children[[...element.parentElement!.children].indexOf(element)] as HTMLElement | undefined) ?? null;
}
