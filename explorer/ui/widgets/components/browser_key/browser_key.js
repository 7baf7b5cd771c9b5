// Keeps the browser's key: in a cookie, which the next session's first request brings along, and in localStorage, for
// browsers that refuse cookies. Python is told only where the browser has another key than the one Python knows.

const SHAPE = /^[0-9a-f]{32}$/, YEAR_S = 31536000;

export default function ({ parentElement, data, setStateValue }) {
  hide(parentElement.host ?? parentElement);
  const key = readCookie(data.name) ?? readStored(data.name) ?? data.known;
  keep(data.name, key);
  if (data.known === key || parentElement.told === key) return;
  parentElement.told = key;
  setStateValue("browser_key", key);
}

function readCookie(name) {
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return checked(found?.slice(name.length + 1));
}

function readStored(name) {
  try {
    return checked(localStorage.getItem(name));
  } catch {  // storage is switched off: the key lives as long as the session
    return null;
  }
}

function checked(value) {
  return SHAPE.test(value ?? "") ? value : null;
}

function keep(name, key) {
  document.cookie = `${name}=${key}; path=/; max-age=${YEAR_S}; samesite=strict`;
  try {
    localStorage.setItem(name, key);
  } catch {}
}

// An empty element still costs the page's gap between elements, so its container goes too.
function hide(host) {
  const container = host.closest('[data-testid="stElementContainer"]');
  if (container) container.style.display = "none";
}
