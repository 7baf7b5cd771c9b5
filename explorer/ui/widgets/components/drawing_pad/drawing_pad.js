// A pad to draw on. The browser owns the strokes; Python gets strokes and pixels after each finished one.

const SIZE = 280, BRUSH = 20, NEAR = 1.5;
const pads = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!pads.has(root)) pads.set(root, createPad(root, component.data));
  const pad = pads.get(root);
  pad.send = (drawing) => component.setStateValue("drawing", drawing);
  showWords(pad, component.data.words);
  showPrepared(pad, component.data.prepared);
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  made.className = name;
  parent.append(made);
  return made;
}

function createPad(root, data) {
  const box = element("div", "box", root), left = element("div", "left", box), frame = element("div", "frame", left);
  const pad = { side: data.side, current: null };
  pad.canvas = element("canvas", "pad", frame);
  pad.hint = element("div", "hint", frame);
  const buttons = element("div", "buttons", left);
  pad.undo = element("button", "undo", buttons);
  pad.clear = element("button", "clear", buttons);
  pad.figure = element("figure", "", box);
  pad.prepared = element("canvas", "prepared", pad.figure);
  pad.caption = element("figcaption", "", pad.figure);
  // only a new pad takes strokes from Python: later they would overwrite what is being drawn
  pad.strokes = validStrokes(data.strokes);
  pad.canvas.tabIndex = 0;
  pad.canvas.setAttribute("role", "img");
  pad.undo.onclick = () => change(pad, pad.strokes.slice(0, -1));
  pad.clear.onclick = () => change(pad, []);
  listen(pad);
  paint(pad);
  return pad;
}

function validStrokes(strokes) {
  const sound = (stroke) => Array.isArray(stroke) && stroke.length > 1 && stroke.every(Number.isFinite);
  return Array.isArray(strokes) ? strokes.filter(sound) : [];
}

function showWords(pad, words) {
  pad.hint.textContent = words.hint;
  pad.undo.textContent = words.undo;
  pad.clear.textContent = words.clear;
  pad.caption.textContent = words.prepared;
  pad.canvas.setAttribute("aria-label", words.pad);
}

function showPrepared(pad, prepared) {
  pad.figure.hidden = !prepared;
  if (!prepared) return;
  const canvas = pad.prepared, pen = canvas.getContext("2d");
  canvas.width = prepared.width;
  canvas.height = prepared.height;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", pad.caption.textContent);
  const image = pen.createImageData(canvas.width, canvas.height), bytes = atob(prepared.pixels);
  for (let i = 0; i < bytes.length; i++) image.data.fill(bytes.charCodeAt(i), i * 4, i * 4 + 3)[i * 4 + 3] = 255;
  pen.putImageData(image, 0, 0);
}

// ---- strokes: flat lists x, y, x, y in pad pixels

function listen(pad) {
  const { canvas } = pad;
  canvas.addEventListener("pointerdown", (event) => begin(pad, event));
  canvas.addEventListener("pointermove", (event) => pad.current?.id === event.pointerId && extend(pad, event));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => finish(pad, event));
  canvas.addEventListener("keydown", (event) => press(pad, event));
}

function begin(pad, event) {
  if (pad.current || event.button !== 0) return;  // one finger draws, a second one does nothing
  event.preventDefault();
  pad.canvas.focus({ preventScroll: true });
  pad.canvas.setPointerCapture(event.pointerId);
  pad.current = { id: event.pointerId, points: place(pad, event) };
  paint(pad);
}

function extend(pad, event) {
  const { points } = pad.current, events = event.getCoalescedEvents?.() ?? [];
  for (const one of events.length ? events : [event]) {
    const [x, y] = place(pad, one);
    if (Math.hypot(x - points.at(-2), y - points.at(-1)) >= NEAR) points.push(x, y);
  }
  paint(pad);
}

function finish(pad, event) {
  if (pad.current?.id !== event.pointerId) return;
  const { points } = pad.current;
  pad.current = null;
  change(pad, [...pad.strokes, points]);
}

function place(pad, event) {
  const box = pad.canvas.getBoundingClientRect(), tenth = (share) => Math.round(share * SIZE * 10) / 10;
  return [tenth((event.clientX - box.left) / box.width), tenth((event.clientY - box.top) / box.height)];
}

function press(pad, event) {
  if (event.key === "Delete" || event.key === "Backspace") change(pad, []);
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") change(pad, pad.strokes.slice(0, -1));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function change(pad, strokes) {
  if (!strokes.length && !pad.strokes.length) return;
  pad.strokes = strokes;
  paint(pad);
  pad.send({ strokes, pixels: strokes.length ? pixels(pad) : null });
}

// ---- ink

function paint(pad) {
  const ratio = devicePixelRatio || 1, { canvas } = pad;
  const strokes = pad.current ? [...pad.strokes, pad.current.points] : pad.strokes;
  canvas.width = canvas.height = Math.round(SIZE * ratio);
  ink(canvas, strokes);
  pad.hint.hidden = strokes.length > 0;
  pad.undo.disabled = pad.clear.disabled = !pad.strokes.length;
}

function ink(canvas, strokes) {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(canvas.width / SIZE, canvas.height / SIZE);
  Object.assign(pen, { lineWidth: BRUSH, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
  for (const stroke of strokes) trace(pen, stroke);
}

// Curves through the midpoints: round where the hand was, without corners at the samples.
function trace(pen, points) {
  pen.beginPath();
  pen.moveTo(points[0], points[1]);
  for (let i = 2; i + 3 < points.length; i += 2) {
    const middleX = (points[i] + points[i + 2]) / 2, middleY = (points[i + 1] + points[i + 3]) / 2;
    pen.quadraticCurveTo(points[i], points[i + 1], middleX, middleY);
  }
  // a tap leaves a dot: round ends on a line too short to see, since one of no length is not drawn
  pen.lineTo(points.at(-2) + (points.length === 2 ? 0.01 : 0), points.at(-1));
  pen.stroke();
}

function pixels(pad) {
  const small = new OffscreenCanvas(pad.side, pad.side);
  ink(small, pad.strokes);
  const { data } = small.getContext("2d").getImageData(0, 0, pad.side, pad.side);
  let text = "";
  for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
  return btoa(text);
}
