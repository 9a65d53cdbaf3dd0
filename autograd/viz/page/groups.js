// Groups folded into one box each, in the frozen layout, with the edges that led into them.

function makeGroups(picture, data, changed) {
  const groups = new Map(data.groups.map(([path, title, parent, count, calls]) =>
    [path, { path, title, parent, count, calls, members: [] }]));
  const chain = new Map(); // of each node its groups, the outermost first
  for (const [id, node] of picture.nodes) {
    const up = [];
    for (let p = node.facts[5]; p && groups.has(p); p = groups.get(p).parent) up.unshift(p);
    chain.set(id, up);
  }
  // What only a group uses, such as its parameters, goes where the group goes.
  for (const [id, node] of picture.nodes) {
    if (node.facts[1] === "op" || !node.out.length) continue;
    const users = node.out.map((i) => chain.get(String(data.edges[i][1])) || []);
    const common = users[0].filter((p, i) => users.every((up) => up[i] === p));
    if (common.length > chain.get(id).length) chain.set(id, common);
  }
  for (const [id, up] of chain) for (const p of up) groups.get(p).members.push(id);
  const shown = [...groups.values()].filter((g) => g.members.length);
  const folded = new Set();
  const under = make("g", { class: "rings" });
  picture.home.prepend(under);
  const over = make("g", { class: "folds" }, picture.home);
  const boxes = new Map(), ties = new Map();
  const across = data.rankdir === "LR" || data.rankdir === "RL";

  const holder = (id) => (chain.get(String(id)) || []).find((p) => folded.has(p));
  const inside = (path, around) => {
    for (let p = path; groups.has(p); p = groups.get(p).parent) if (p === around) return true;
    return false;
  };
  const depth = (g) => (groups.has(g.parent) ? 1 + depth(groups.get(g.parent)) : 0);

  function extent(ids) {
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    for (const id of ids) {
      const b = picture.nodes.get(id).b;
      x0 = Math.min(x0, b.x - b.w / 2); x1 = Math.max(x1, b.x + b.w / 2);
      y0 = Math.min(y0, b.y - b.h / 2); y1 = Math.max(y1, b.y + b.h / 2);
    }
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, w: x1 - x0, h: y1 - y0 };
  }

  function told(g) {
    const kinds = g.members.map((id) => picture.nodes.get(id).facts);
    const own = kinds.filter((f) => f[1] !== "constant" && inside(f[5], g.path)).length;
    const joined = kinds.filter((f) => f[1] === "leaf" && !inside(f[5], g.path)).length;
    return `${g.count} node${g.count === 1 ? "" : "s"}` + (own < g.count ? `, ${own} shown` : "")
      + (joined ? ` + ${joined} ${joined === 1 ? "leaf" : "leaves"}` : "")
      + (g.calls > 1 ? ` · ${g.calls} calls` : "");
  }

  // As near to the middle of its members as nothing else is.
  function place(box, taken) {
    const free = (y) => taken.every((b) =>
      Math.abs(b.x - box.x) > (b.w + box.w) / 2 + 8 || Math.abs(b.y - y) > (b.h + box.h) / 2 + 8);
    for (let i = 0; i < 60; i++) {
      const y = box.y + (i % 2 ? -1 : 1) * Math.ceil(i / 2) * 24;
      if (free(y)) return { ...box, y };
    }
    return box;
  }

  function draw() {
    under.replaceChildren(); over.replaceChildren(); boxes.clear(); ties.clear();
    const taken = [];
    for (const [id, node] of picture.nodes) {
      const gone = holder(id);
      node.el.style.display = gone ? "none" : "";
      if (!gone) taken.push(node.b);
    }
    for (const g of [...shown].sort((a, b) => depth(a) - depth(b))) {
      if (holder(g.members[0]) === g.path) {
        const sub = [g.title, told(g)].filter(Boolean).join(" · ");
        const w = Math.max(120, g.path.length * 8 + 50, sub.length * 5.8 + 28);
        const m = extent(g.members);
        const box = place({ x: m.x, y: m.y, w, h: 58 }, taken);
        taken.push(box);
        boxes.set(g.path, { ...box, el: foldBox(g, box, sub) });
      } else if (g.members.some((id) => !holder(id))) {
        const open = g.members.filter((id) => !holder(id));
        const own = open.filter((id) => inside(picture.nodes.get(id).facts[5], g.path));
        const ids = [open, own].find((some) => some.length && alone(some, extent(some)));
        if (ids) ring(g, extent(ids));
      }
    }
    tie();
  }

  // A frame around others than its own would lie.
  function alone(ids, b) {
    const own = new Set(ids);
    return [...picture.nodes].every(([id, n]) => own.has(id) || n.el.style.display === "none"
      || Math.abs(n.b.x - b.x) > (n.b.w + b.w) / 2 || Math.abs(n.b.y - b.y) > (n.b.h + b.h) / 2);
  }

  function foldBox(g, b, sub) {
    const el = make("g", { class: "node fold", "data-group": g.path, tabindex: 0, role: "button",
      "aria-expanded": "false", "aria-label": `group ${g.path}, ${sub}; expand` }, over);
    make("rect", { x: b.x - b.w / 2, y: b.y - b.h / 2, width: b.w, height: b.h, rx: 10 }, el);
    make("text", { x: b.x, y: b.y - 8 }, el, `▸ ${g.path}`);
    make("text", { x: b.x, y: b.y + 8, class: "sub" }, el, sub);
    make("text", { x: b.x, y: b.y + 22, class: "sub state" }, el, "");
    return el;
  }

  function ring(g, b) {
    const pad = 9 - Math.min(6, 3 * depth(g));
    const el = make("g", { class: "ring", "data-group": g.path }, under);
    const top = b.y - b.h / 2 - pad - 8; // above the numbers of nameless nodes
    make("rect", { x: b.x - b.w / 2 - pad, y: top, width: b.w + 2 * pad,
      height: b.y + b.h / 2 + pad - top, rx: 12 }, el);
    make("text", { x: b.x - b.w / 2 - pad + 8, y: top - 4 }, el,
      `▾ ${g.path}${g.title ? ` · ${g.title}` : ""}`);
  }

  // One line for all edges between the same two boxes.
  function tie() {
    data.edges.forEach(([s, t], i) => {
      const a = holder(s), b = holder(t), el = picture.edges[i];
      if (el) el.style.display = a || b ? "none" : "";
      if (!(a || b) || a === b || s < 0) return;
      const key = `${a ? "g" + a : s}\n${b ? "g" + b : t}`;
      if (!ties.has(key)) ties.set(key, { from: a || String(s), to: b || String(t), a, b, edges: [] });
      ties.get(key).edges.push(i);
    });
    for (const t of ties.values()) {
      const from = t.a ? boxes.get(t.a) : picture.nodes.get(t.from).b;
      const to = t.b ? boxes.get(t.b) : picture.nodes.get(t.to).b;
      t.el = line(from, to, t.edges.length);
    }
  }

  function line(from, to, count) {
    const el = make("g", { class: "edge tied" });
    over.prepend(el);
    let s = { LR: 1, RL: -1, TB: 1, BT: -1 }[data.rankdir], sideways = across;
    // Where the frozen layout has no room along the flow, the line goes around.
    const room = sideways ? s * (to.x - from.x) - (to.w + from.w) / 2 : s * (to.y - from.y) - (to.h + from.h) / 2;
    if (room < 0) {
      sideways = !sideways;
      s = (sideways ? to.x > from.x : to.y > from.y) ? 1 : -1;
    }
    const p = sideways ? [from.x + s * from.w / 2, from.y] : [from.x, from.y + s * from.h / 2];
    const q = sideways ? [to.x - s * to.w / 2, to.y] : [to.x, to.y - s * to.h / 2];
    const r = sideways ? [q[0] - 8 * s, q[1]] : [q[0], q[1] - 8 * s];
    const bend = Math.max(24, Math.abs(sideways ? r[0] - p[0] : r[1] - p[1]) / 2) * s;
    const c = sideways ? [p[0] + bend, p[1], r[0] - bend, r[1]] : [p[0], p[1] + bend, r[0], r[1] - bend];
    make("path", { d: `M${p}C${c} ${r}`, "stroke-width": 1 + Math.min(3, Math.log2(count) / 2) }, el);
    const n = sideways ? [0, 4] : [4, 0];
    make("path", { class: "tip", d: `M${q}L${r[0] + n[0]},${r[1] + n[1]}L${r[0] - n[0]},${r[1] - n[1]}Z` }, el);
    if (count > 1)
      make("text", { x: (p[0] + r[0]) / 2, y: (p[1] + r[1]) / 2 - 5 }, el, `×${count}`);
    return el;
  }

  // The list beside the picture.
  const tree = document.getElementById("tree"), buttons = new Map();
  for (const g of shown) {
    const button = document.createElement("button");
    button.type = "button";
    button.style.paddingLeft = `${4 + 16 * depth(g)}px`;
    const mark = document.createElement("span"), name = document.createElement("b");
    const what = document.createElement("span"), many = document.createElement("small");
    name.textContent = groups.has(g.parent) ? g.path.slice(g.parent.length + 1) : g.path;
    what.textContent = g.title;
    what.className = "quiet";
    many.textContent = told(g);
    button.append(mark, name, what, many);
    button.addEventListener("click", () => toggle(g.path));
    tree.append(button);
    buttons.set(g.path, [button, mark]);
  }
  document.getElementById("folds").hidden = !shown.length;

  function label() {
    for (const [path, [button, mark]] of buttons) {
      const closed = folded.has(path);
      button.setAttribute("aria-expanded", String(!closed));
      mark.textContent = closed ? "▸" : "▾";
    }
  }

  function refresh() {
    draw();
    label();
    changed();
  }

  function toggle(path) {
    if (!folded.delete(path)) folded.add(path);
    refresh();
  }

  function all() {
    const tops = shown.filter((g) => !groups.has(g.parent));
    const close = tops.some((g) => !folded.has(g.path));
    folded.clear();
    if (close) for (const g of tops) folded.add(g.path);
    refresh();
  }

  // Open whatever hides a node.
  function uncover(id) {
    const hiding = (chain.get(id) || []).filter((p) => folded.has(p));
    for (const p of hiding) folded.delete(p);
    if (hiding.length) refresh();
  }

  function edgeOf(i) {
    if (picture.edges[i] && picture.edges[i].style.display !== "none") return picture.edges[i];
    for (const t of ties.values()) if (t.edges.includes(i)) return t.el;
    return null;
  }

  draw();
  label();
  return { toggle, all, uncover, holder, edgeOf, boxes, ties, folded,
    members: (path) => groups.get(path).members };
}
