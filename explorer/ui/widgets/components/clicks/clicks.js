// Takes the clicks on certain buttons of the page before Streamlit does, numbers them, and keeps each until Python has
// acknowledged it. Every message holds all that was not acknowledged, so that it does not matter which of them arrive.

const FIRST_RETRY_MS = 1000, LAST_RETRY_MS = 4000;
const FORGOTTEN_MS = 60000;  // the connection broke, or another page was opened: nobody expects it to be obeyed any more

export default function ({ parentElement, data, setTriggerValue }) {
  hide(parentElement.host ?? parentElement);
  const outbox = (globalThis.layerscopeClicks ??= createOutbox());  // one for all pages: what waits outlives the element
  outbox.place = { parentElement, ...data, send: (sent) => setTriggerValue("clicks", sent) };
  acknowledge(outbox, data);
  return () => {
    if (outbox.place?.parentElement === parentElement) outbox.place = null;
  };
}

function createOutbox() {
  const instance = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0"));
  const outbox = { instance: instance.join(""), last: 0, waiting: [], place: null, retry: 0 };
  document.addEventListener("click", (event) => take(outbox, event), true);  // before those of the page
  return outbox;
}

function take(outbox, event) {
  const button = event.target.closest?.("button");
  const { buttons = {}, about } = outbox.place ?? {};
  const key = Object.keys(buttons).find((key) => button?.closest(`.st-key-${key}`));
  if (!key) return;
  event.stopPropagation();
  const typed = buttons[key] ? document.querySelector(`.st-key-${buttons[key]} input`)?.value : "";
  outbox.waiting.push({ number: ++outbox.last, button: key, about, typed: typed ?? "", at: performance.now() });
  clearTimeout(outbox.retry);  // a moment later: a field that the click took the focus from sends what it holds first
  outbox.retry = setTimeout(() => send(outbox, FIRST_RETRY_MS));
}

// Streamlit drops a message without a word where a newer run of the page supersedes the one that was to handle it.
function send(outbox, retryMs) {
  outbox.waiting = outbox.waiting.filter(({ at }) => performance.now() - at < FORGOTTEN_MS);
  if (!outbox.waiting.length) return;
  outbox.place?.send({ instance: outbox.instance, clicks: outbox.waiting });
  outbox.retry = setTimeout(() => send(outbox, Math.min(2 * retryMs, LAST_RETRY_MS)), retryMs);
}

function acknowledge(outbox, { instance, acknowledged }) {
  if (instance === outbox.instance) outbox.waiting = outbox.waiting.filter(({ number }) => number > acknowledged);
}

// An empty element still costs the page's gap between elements, so its container goes too.
function hide(host) {
  const container = host.closest('[data-testid="stElementContainer"]');
  if (container) container.style.display = "none";
}
