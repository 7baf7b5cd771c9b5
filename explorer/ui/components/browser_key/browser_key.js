// A random 128-bit key in localStorage, told to Python once.

const NAME = "layerscope-browser-key", SHAPE = /^[0-9a-f]{32}$/;
let unkept;  // where storage is switched off, the key lives as long as the page

export default function ({ parentElement, data, setStateValue }) {
  hide(parentElement.host ?? parentElement);
  const key = readKey();
  if (data.known === key || parentElement.told === key) return;
  parentElement.told = key;
  setStateValue("browser_key", key);
}

function readKey() {
  try {
    const kept = localStorage.getItem(NAME);
    if (SHAPE.test(kept ?? "")) return kept;
    const made = randomKey();
    localStorage.setItem(NAME, made);
    return made;
  } catch {
    return (unkept ??= randomKey());
  }
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// An empty element still costs the page's gap between elements, so its container goes too.
function hide(host) {
  const container = host.closest('[data-testid="stElementContainer"]');
  if (container) container.style.display = "none";
}
