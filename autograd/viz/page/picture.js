// The nodes and edges of the drawing, found once; the drawing itself is left as it was written.

const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, parent, text) {
  const el = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  if (text !== undefined) el.textContent = text;
  if (parent) parent.append(el);
  return el;
}

function readPicture(svg, data) {
  const nodes = new Map(), order = [];
  for (const el of svg.querySelectorAll(".node[data-id]")) {
    const id = el.dataset.id.slice(1), facts = data.names[id];
    if (!facts) continue;
    const b = el.querySelector("rect").getBBox(), node = { id, el, facts, b: center(b), grad: null, out: [] };
    const texts = [...el.querySelectorAll("text")];
    const at = texts.findIndex((t) => /^(‖?grad‖?)$/.test(t.textContent.trim()));
    if (at >= 0 && texts[at + 1]) {
      node.grad = texts[at + 1].querySelector("tspan") || texts[at + 1];
      node.final = node.grad.textContent;
      for (const part of belowRule(el, texts[at], texts[at + 1])) part.classList.add("extra");
    }
    // A group has rows of its own about gradients, which are not there before they are.
    if (facts[1] === "group")
      texts.forEach((t, i) => {
        if (/^blame$|grad$/.test(t.textContent.trim()))
          for (const part of [t, texts[i + 1]]) part?.classList.add("extra");
      });
    const v = texts.findIndex((t) => t.textContent.trim() === "value");
    if (v >= 0 && texts[v + 1]) {
      node.value = texts[v + 1];
      node.recorded = node.value.textContent;
    }
    // The native tooltip would cover what the panel says.
    const tip = el.querySelector("title");
    if (tip) tip.remove();
    if (facts[1] !== "constant") {
      el.setAttribute("tabindex", "-1");
      el.setAttribute("role", "button");
      el.setAttribute("aria-label", [facts[0], facts[2]].filter(Boolean).join(", "));
    }
    nodes.set(id, node);
    order.push(id);
  }
  const places = new Map();
  data.edges.forEach(([s, t], i) => {
    const key = `v${s < 0 ? "" : s}-v${t}`;
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(i);
    nodes.get(String(s))?.out.push(i);
  });
  const edges = data.edges.map(() => null);
  for (const el of svg.querySelectorAll(".edge[data-ends]")) {
    const i = places.get(el.dataset.ends)?.shift();
    if (i === undefined) continue;
    edges[i] = el;
    el.querySelector("title")?.remove();
  }
  const paper = svg.querySelector(":scope > rect");
  if (paper) paper.remove();
  const home = (order.length ? nodes.get(order[0]).el : svg.querySelector(".node")).parentNode;
  return { svg, nodes, order, edges, home };
}

// What else a box says of its gradient: further rows, a heat map.
function belowRule(el, label, number) {
  let cut = label.getBBox().y - 1;
  for (const part of el.children) {
    const rule = /^M[\d.]+ ([\d.]+)h[\d.]+$/.exec(part.getAttribute("d") || "");
    if (rule && Number(rule[1]) < cut) cut = Number(rule[1]) + 1;
  }
  return [...el.children].filter((part) =>
    part !== label && part !== number && part.getBBox().y >= cut);
}

function center(b) {
  return { x: b.x + b.width / 2, y: b.y + b.height / 2, w: b.width, h: b.height };
}
