// Cards of networks: built once, and anew only where what they show has changed.

const shown = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement, content = JSON.stringify(data);
  for (const button of root.querySelectorAll(".waiting")) button.classList.remove("waiting");
  if (shown.get(root)?.content !== content) {
    shown.get(root)?.box.remove();
    const box = element("div", "chapters", root);
    box.append(...data.chapters.flatMap(createChapter));
    shown.set(root, { content, box });
  }
  shown.get(root).box.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    button.classList.add("waiting");
    setTriggerValue("chosen", { doing: button.name, network: button.value });
  };
}

function element(tag, name, parent, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  parent?.append(made);
  return made;
}

function createChapter({ title, cards }) {
  const grid = element("div", "cards");
  grid.append(...cards.map(createCard));
  return title ? [element("h2", "chapter", null, title), grid] : [grid];
}

function createCard({ name, title, source, picture, alt, words, compare, doings }) {
  const card = element("article", "card");
  card.dataset.network = name;
  const image = element("img", "network", card);
  image.alt = alt;
  image.loading = "lazy";  // most cards are below the window
  image.src = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  const heading = element("h3", "", card, title);
  explain(element("span", "about icon", heading, "help"), source).tabIndex = 0;
  for (const { text, icon, small } of words) {
    const line = element("p", small ? "small" : "", card);
    if (icon) drawIcon(icon, line);
    line.append(text);
  }
  if (compare) card.append(createButton(compare, name, "link"));
  const row = element("div", "buttons", card);
  row.append(...doings.map((doing) => createButton(doing, name, "button")));
  return card;
}

function createButton({ name, label, help, icon, disabled }, network, kind) {
  const button = element("button", kind);
  Object.assign(button, { type: "button", name, value: network });
  if (disabled) button.setAttribute("aria-disabled", "true");  // a disabled one could not explain itself
  if (icon) drawIcon(icon, button);
  const text = element("span", "label", button);
  label.split("*").forEach((part, i) => element("span", i % 2 ? "unseen" : "", text, part));
  return explain(button, help);
}

function drawIcon(name, parent) {
  element("span", "icon", parent, name).setAttribute("aria-hidden", "true");
}

// Shown by CSS above what it explains, on hover and focus; read out as its description.
function explain(target, help) {
  target.dataset.help = help;
  target.setAttribute(target.matches(".icon") ? "aria-label" : "aria-description", help);
  if (target.matches(".icon")) target.setAttribute("role", "img");
  return target;
}
