// A `layerscopeLive` whose views the test sends: `sendView(view)`. It hands a new listener the last one, as the real one does.
(() => {
  const listeners = new Set();
  let last = null;
  globalThis.watched = [];
  globalThis.layerscopeLive = {
    watch(runId, listener) {
      globalThis.watched.push(runId);
      listeners.add(listener);
      if (last) listener({ view: last });
      return () => listeners.delete(listener);
    },
  };
  globalThis.sendView = (view) => {
    last = view;
    for (const listener of listeners) listener({ view });
  };

  const grid = (title, count, height, width, signed, valueAt) => ({
    type: "ImageGrid", title, signed, axis: "unit", labels: [], unit: "", note: null,
    values: {
      shape: [count, height, width],
      data: Float32Array.from({ length: count * height * width }, (_, i) => (
        valueAt(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width))),
    },
  });

  // The view of a network of columns at a moment `t`: `columns` is [[address, units], ..], `layers` the parameters between.
  globalThis.planeView = (columns, parameters, t) => ({
    step: t,
    items: [
      { type: "Unavailable" },
      ...columns.map(([title, units], c) => grid(title, units, 24, 24, true, (unit, y, x) => (
        c === 0 ? (unit === 0 ? x / 12 - 1 : 1 - y / 12) : Math.sin((x * Math.cos(unit + c) + y * Math.sin(unit + c)) / 5 + t / 7)))),
      ...parameters.map((parameter, i) => {
        const [source, sources] = columns[i], [target, targets] = columns[i + 1];
        return {
          type: "LayerWeights", source, target, parameter,
          weight: {
            shape: [targets, sources],
            data: Float32Array.from({ length: targets * sources }, (_, k) => 3 * Math.sin(k * 1.7 + i + t / 11)),
          },
          bias: { shape: [targets], data: new Float32Array(targets).fill(0.125) },
        };
      }),
    ],
  });

  globalThis.blocksView = (blocks, t) => ({
    step: t,
    items: [{ type: "Unavailable" }, ...blocks.map(([title, count, height, width, signed]) => (
      grid(title, count, height, width, signed, (map, y, x) => (
        signed ? Math.sin((x + y * map) / 3 + t / 7) : Math.max(0, Math.sin((x * (map + 1) + y) / 4 + t / 7))))))],
  });
})();
