// Backward, played: position 0 is before the first step, position n after the n-th.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const stage = $("stage"), svg = stage.querySelector("svg");
const picture = readPicture(svg, data);
const panel = makePanel($("node"), data, picture);
const steps = data.steps, lines = [...document.querySelectorAll("aside ol > li")];
const PACE = 1100; // milliseconds for a step at speed 1

let position = steps.length, resting = true; // resting: the whole picture, no step lit
let frame = null, timer = 0, picked = null, hovered = null;
const shift = picture.home.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
const moved = (b) => ({ ...b, x: b.x + shift.e, y: b.y + shift.f });

const coming = new Set(steps.flatMap(([, arrivals]) => arrivals.map(([e]) => e)));
const lastOf = new Map(); // the step after which a node's gradient is whole
steps.forEach(([, arrivals], i) => arrivals.forEach(([, s]) => lastOf.set(String(s), i + 1)));

const view = makeView(stage, svg, tap);
const groups = makeGroups(picture, data, () => render());

// What has arrived by a position: text by node.
function texts(at) {
  if (frame !== null) {
    const g = data.frames[frame].g;
    return new Map(picture.order.map((id) => [id, g[id] ? g[id][0] : ""]));
  }
  const known = new Map(Object.entries(data.begin));
  for (let i = 0; i < at; i++)
    for (const [, s, text] of steps[i][1]) known.set(String(s), text);
  return known;
}

const whole = (id) => frame !== null || (lastOf.get(id) ?? 0) <= position;

// A text that stays is not written again: that would lay the picture out anew.
function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

function render() {
  const known = texts(position), step = resting || frame !== null ? null : steps[position - 1];
  const arriving = new Set(step ? step[1].map(([, s]) => String(s)) : []);
  const passed = new Set();
  for (let i = 0; i < position; i++) for (const [e] of steps[i][1]) passed.add(e);
  const playing = frame === null && steps.length > 0;
  svg.classList.toggle("past", frame !== null);
  for (const [id, node] of picture.nodes) {
    const text = known.get(id) ?? "";
    if (node.grad) {
      const final = frame === null && whole(id);
      write(node.grad, final ? node.final : text || (playing ? "·" : "–"));
      // The sign on the way may be another than in the end.
      const one = typeof data.grad[id] === "number" && !data.roots.includes(Number(id));
      node.grad.style.fill = final || !one ? "" : `var(--${text.startsWith("-") ? "orange" : "blue"})`;
    }
    if (node.value && node.facts[1] !== "constant") {
      write(node.value, frame === null ? node.recorded : data.frames[frame].v[id] ?? "–");
    }
    const c = node.el.classList;
    c.toggle("now", !!step && String(step[0]) === id);
    c.toggle("got", arriving.has(id));
    c.toggle("later", playing && !text && data.text[id] !== undefined && !whole(id));
    c.toggle("part", frame !== null || !whole(id));
    c.toggle("picked", picked === id);
  }
  picture.edges.forEach((el, i) =>
    el?.classList.toggle("later", playing && coming.has(i) && !passed.has(i)));
  for (const t of groups.ties.values())
    t.el.classList.toggle("later", playing && t.edges.some((i) => coming.has(i))
      && !t.edges.some((i) => passed.has(i)));
  for (const [path, box] of groups.boxes) {
    const members = groups.members(path).filter((id) => data.text[id] !== undefined);
    const ready = members.filter((id) => whole(id) && known.get(id)).length;
    box.el.querySelector(".state").textContent =
      playing && members.length ? `${ready} of ${members.length} gradients here` : "";
    box.el.classList.toggle("now", !!step && groups.holder(step[0]) === path);
    box.el.classList.toggle("got", [...arriving].some((id) => groups.holder(id) === path));
  }
  flows(step);
  say(step);
  controls();
  describe(known);
}

// Light that runs back along the edges of the step.
function flows(step) {
  for (const el of picture.home.querySelectorAll(".flow")) el.remove();
  for (const [e] of step ? step[1] : []) {
    const el = groups.edgeOf(e), path = el?.querySelector("path");
    if (!path) continue;
    make("path", { class: "flow", d: path.getAttribute("d") }, el);
  }
}

function say(step) {
  const said = $("said");
  $("now").querySelector("h2").textContent =
    frame !== null ? "Over training" : step ? `Step ${position} of ${steps.length}` : "Backward";
  if (frame !== null) {
    said.replaceChildren(element("h3", "", `Step ${data.frames[frame].step}`),
      element("p", "quiet", "Gradients and values as they were then; – where the history has none."));
  } else if (!steps.length) {
    said.replaceChildren(element("p", "quiet", data.why));
  } else if (step) {
    const from = lines[position - 1];
    said.replaceChildren(...[...from.childNodes].map((n) => n.cloneNode(true)));
    const spoken = said.innerText;
    step[1].forEach(([, s], i) => {
      const cells = whole(String(s)) && data.heat[s];
      if (cells) said.querySelectorAll("p")[i].append(heatMap(cells));
    });
    const end = position === steps.length ? " That was the last step." : "";
    $("live").textContent = `Step ${position} of ${steps.length}: ${spoken}${end}`;
  } else if (position === 0) {
    said.replaceChildren(element("h3", "", data.seed),
      element("p", "quiet", "Backward begins at the result, L. Each step hands on what arrived."));
    $("live").textContent = `At the start: ${data.seed}`;
  } else {
    const n = steps.length;
    said.replaceChildren(element("h3", "", `${n} step${n === 1 ? "" : "s"} made these gradients`),
      element("p", "quiet", "Press play to see the blame travel from the result to each parameter."));
  }
}

function controls() {
  const n = steps.length;
  $("place").max = n;
  $("place").value = position;
  $("place").setAttribute("aria-valuetext", `step ${position} of ${n}`);
  $("count").value = n ? `${position} of ${n}` : "nothing to play";
  for (const id of ["first", "back", "next", "last", "play", "place", "speed"]) $(id).disabled = !n;
  $("play").classList.toggle("playing", !!timer);
  $("play").setAttribute("aria-label", timer ? "Pause" : "Play");
  if (!data.frames.length) return;
  const f = frame === null ? null : data.frames[frame];
  $("when").value = f ? `step ${f.step}${f.loss ? ` · loss ${f.loss}` : ""}` : "drag to see";
  $("leave").hidden = frame === null;
  $("curve").querySelector("circle")?.setAttribute("cx", frame === null ? -99 : dots[frame]?.[0] ?? -99);
  $("curve").querySelector("circle")?.setAttribute("cy", frame === null ? -99 : dots[frame]?.[1] ?? -99);
}

function describe(known = texts(position)) {
  const id = hovered ?? picked ?? null;
  panel.show(id, { text: id === null ? "" : known.get(id) ?? "", whole: id !== null && whole(id), frame });
}

function go(to, keep) {
  if (!keep) pause();
  frame = null;
  resting = false;
  position = Math.max(0, Math.min(steps.length, to));
  render();
  const step = steps[position - 1];
  if (step) look(String(step[0]));
}

function look(id) {
  const group = groups.holder(id), node = picture.nodes.get(id);
  if (group) view.reveal(moved(groups.boxes.get(group)));
  else if (node) view.reveal(moved(node.b));
}

function tick() {
  timer = 0;
  if (position >= steps.length) return render();
  go(position + 1, true);
  run();
}

function run() {
  timer = setTimeout(tick, PACE / Number($("speed").value));
  controls();
}

function play() {
  if (!steps.length) return;
  if (timer) return pause();
  if (position >= steps.length || frame !== null) go(0);
  run();
}

function pause() {
  clearTimeout(timer);
  timer = 0;
  controls();
}

// Nodes -------------------------------------------------------------------------------------

function mark(id) {
  const near = new Set(id === null ? [] : picture.nodes.get(id)?.out);
  if (id !== null) data.edges.forEach(([, t], i) => String(t) === id && near.add(i));
  picture.edges.forEach((el, i) => el?.classList.toggle("touch", near.has(i)));
  svg.classList.toggle("near", id !== null && near.size > 0);
}

function pick(id, focus) {
  picked = id;
  hovered = null;
  for (const node of picture.nodes.values()) node.el.setAttribute("tabindex", -1);
  const node = picture.nodes.get(id ?? String(data.roots[0]));
  node?.el.setAttribute("tabindex", 0);
  if (id !== null) {
    groups.uncover(id);
    if (focus) node.el.focus({ preventScroll: true });
    look(id);
  }
  render();
}

function tap(target) {
  const group = target.closest("[data-group]"), node = target.closest(".node[data-id]");
  if (group) return groups.toggle(group.dataset.group);
  const id = node?.dataset.id.slice(1);
  pick(id && picture.nodes.has(id) && id !== picked ? id : null);
}

svg.addEventListener("pointerover", (e) => {
  if (e.pointerType === "touch") return;
  const id = e.target.closest(".node[data-id]")?.dataset.id.slice(1);
  const over = id && picture.nodes.has(id) ? id : null;
  if (over === hovered) return;
  hovered = over;
  mark(hovered);
  describe();
});
svg.addEventListener("pointerleave", () => { hovered = null; mark(null); describe(); });
svg.addEventListener("focusin", (e) => {
  const id = e.target.closest(".node[data-id]")?.dataset.id.slice(1);
  if (id && id !== picked && picture.nodes.has(id)) pick(id);
});

function walk(key) {
  const at = picked ?? String(data.roots[0]), real = picture.order.filter((id) => picture.nodes.get(id).facts[1] !== "constant");
  const i = real.indexOf(at), ok = (id) => real.includes(String(id));
  let to;
  if (key === "ArrowLeft") to = data.edges.find(([s, t]) => String(t) === at && ok(s))?.[0];
  if (key === "ArrowRight") to = data.edges.find(([s, t]) => String(s) === at && ok(t))?.[1];
  if (key === "ArrowUp") to = real[i - 1];
  if (key === "ArrowDown") to = real[i + 1];
  if (to !== undefined) pick(String(to), true);
}
