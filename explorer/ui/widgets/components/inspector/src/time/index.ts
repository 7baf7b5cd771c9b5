// The moment of training that is looked at: a slider over the steps whose weights were kept, and a film of them.
// This part is always on the page: it carries to Python what is looked at.

import type { MakePart, PartData } from "../contract";
import { button, make, setText } from "../dom";
import { fill } from "../../../common/numbers";
import { store } from "../store";

const FRAMES_PER_S = 8;

export const makeTime: MakePart = (host, data, trigger) => {
  const slider = make("input"), said = make("output", "time-said");
  let words = data.words, film = 0;
  slider.type = "range";
  slider.dataset.testid = "time";
  const moveTo = (place: number) => {
    const { steps } = store.look, step = steps[Math.max(0, Math.min(steps.length - 1, place))];
    if (step !== undefined) store.set({ step });
  };
  const play = button("▶", words.play!, () => (film ? stop() : start()));
  play.dataset.testid = "film";
  const back = button("‹", words.earlier!, () => moveTo(place() - 1)), on = button("›", words.later!, () => moveTo(place() + 1));
  back.classList.add("small");
  on.classList.add("small");
  const place = () => Math.max(0, store.look.steps.indexOf(store.look.step));

  function start(): void {
    if (place() === store.look.steps.length - 1) moveTo(0);
    film = window.setInterval(() => (place() >= store.look.steps.length - 1 ? stop() : moveTo(place() + 1)), 1000 / FRAMES_PER_S);
    show();
  }

  function stop(): void {
    clearInterval(film);
    film = 0;
    show();
  }

  function show(): void {
    const { steps, step } = store.look, last = steps[steps.length - 1] ?? 0;
    slider.max = String(Math.max(0, steps.length - 1));
    slider.value = String(place());
    const sentence = fill(words.step_of!, { step: step.toLocaleString("en-US"), last: last.toLocaleString("en-US") });
    slider.setAttribute("aria-label", words.step!);
    slider.setAttribute("aria-valuetext", sentence);
    setText(said, sentence);
    play.textContent = film ? "❚❚" : "▶";
    play.title = film ? words.pause! : words.play!;
    play.setAttribute("aria-label", play.title);
    host.classList.toggle("single", steps.length < 2);
  }

  slider.addEventListener("input", () => {
    const chosen = Number(slider.value);  // stop() puts the slider where the look is
    stop();
    moveTo(chosen);
  });
  const label = make("span", "time-label", words.step!);
  host.append(label, back, slider, on, said, play);
  const unwatch = store.watch((_look, changed) => { if (changed.includes("step") || changed.includes("steps")) show(); });
  const silence = store.speakThrough(trigger);
  show();
  return {
    update(newer: PartData) { words = newer.words; setText(label, words.step!); show(); },
    end() { stop(); unwatch(); silence(); },
  };
};
