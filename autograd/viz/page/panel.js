// The card of a node: its numbers, what its gradient is made of, where it came from.

function element(name, className, text) {
  const el = document.createElement(name);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
}

function heatMap([columns, ...cells]) {
  const numbers = cells.map(Number), rows = cells.length / columns;
  const most = Math.max(...numbers.filter(Number.isFinite).map(Math.abs), 1e-300);
  const side = Math.max(4, Math.min(16, 260 / columns));
  const svg = make("svg", { class: "heat", width: columns * side, height: rows * side,
    role: "img", "aria-label": "the gradient's elements" });
  numbers.forEach((n, i) => {
    const color = Number.isFinite(n) ? (n < 0 ? "orange" : "blue") : "purple";
    const cell = make("rect", { x: (i % columns) * side, y: Math.floor(i / columns) * side,
      width: side - 1, height: side - 1, rx: 2, fill: `var(--${color})`,
      "fill-opacity": Number.isFinite(n) ? 0.06 + 0.94 * Math.abs(n) / most : 1 }, svg);
    make("title", {}, cell, String(cells[i]));
  });
  return svg;
}

function spark(sizes, at) {
  const points = sizes.map((s, i) => [i, Number(s)]).filter(([, s]) => Number.isFinite(s));
  if (points.length < 2) return null;
  const most = Math.max(...points.map(([, s]) => s)) || 1, n = sizes.length - 1;
  const place = ([i, s]) => `${(i / n * 300).toFixed(1)},${(42 - s / most * 38).toFixed(1)}`;
  const svg = make("svg", { class: "spark", viewBox: "0 0 300 46", width: "100%", role: "img",
    "aria-label": "the size of the gradient over training" });
  make("polyline", { points: points.map(place).join(" "), fill: "none", stroke: "var(--muted)",
    "stroke-width": 1.6 }, svg);
  const here = points.find(([i]) => i === at);
  if (here) {
    const [cx, cy] = place(here).split(",");
    make("circle", { cx, cy, r: 4, fill: "var(--blue)" }, svg);
  }
  return svg;
}

function makePanel(card, data, picture) {
  const users = (id) => picture.nodes.get(id).out;

  function terms(id) {
    const list = users(id).map((i) => data.edges[i]).filter((e) => e[2] !== null);
    if (!list.length || list.some((e) => Array.isArray(e[2]))) return [];
    return list.slice(0, 8).map(([, t, c]) => [data.names[t][0], String(Number(Number(c).toPrecision(4)))]);
  }

  // state: the gradient as it is now, whether it is whole, and the training frame if one is shown.
  function show(id, state) {
    card.hidden = !id;
    if (!id) return;
    const [title, kind, op, shape, line, group, values, gradients, sum] = data.names[id];
    const frame = state.frame === null ? null : data.frames[state.frame];
    const chips = element("div", "chips");
    for (const text of [kind === "op" ? "" : kind, shape, group && `in ${group}`, line])
      if (text) chips.append(element("span", "chip", text));
    const facts = element("dl", "facts");
    const row = (what, text, big) =>
      facts.append(element("dt", "", what), element("dd", big ? "big" : "", text));
    if (frame) {
      if (frame.v[id] !== undefined) row("value", frame.v[id]);
    } else {
      for (const [what, text] of values) row(what, text);
    }
    if (kind !== "constant" && !(frame && !state.text)) {
      const soFar = state.whole ? "" : state.text ? " so far" : "";
      row("grad", (state.text || (state.whole ? "none" : "not here yet")) + soFar, true);
    }
    if (state.whole && !frame) {
      for (const [what, text] of gradients) row(what, text);
      if (sum) row("made of", sum);
      const list = terms(id);
      if (list.length > 1) for (const [from, c] of list) row(`from ${from}`, c);
    }
    const name = element("h3", "", op && title ? `${title} = ${op}` : title || op);
    const parts = [element("h2", "", "Node"), name, chips, facts];
    if (state.whole && !frame && data.heat[id]) {
      parts.push(heatMap(data.heat[id]), element("p", "quiet", "its gradient, element by element"));
    }
    const sizes = data.frames.map((f) => f.g[id]?.[1]);
    const line2 = spark(sizes, state.frame);
    if (line2) parts.push(line2, element("p", "quiet", "the size of its gradient over training"));
    card.replaceChildren(...parts);
  }
  return { show };
}
