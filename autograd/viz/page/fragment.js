// One picture in a notebook: drag, wheel with Ctrl, hover. Nothing is shared with others on the page.
const svg = box.querySelector("svg"), full = svg.viewBox.baseVal;
const whole = [full.x, full.y, full.width, full.height];
let [x, y, w, h] = whole, grip = null;
const show = () => svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
const scale = () => w / svg.getBoundingClientRect().width;
function zoom(by, cx, cy) {
  const s = Math.min(1.5 * whole[2], Math.max(whole[2] / 40, w * by)) / w;
  x += (cx - x) * (1 - s); y += (cy - y) * (1 - s); w *= s; h *= s;
  show();
}
const at = (e) => {
  const r = svg.getBoundingClientRect();
  return [x + (e.clientX - r.left) * w / r.width, y + (e.clientY - r.top) * h / r.height];
};
svg.addEventListener("wheel", (e) => {
  if (!e.ctrlKey && !e.metaKey) return; // else the page could not be scrolled past
  e.preventDefault();
  zoom(Math.exp(Math.max(-60, Math.min(60, e.deltaY)) * 0.006), ...at(e));
}, { passive: false });
svg.addEventListener("pointerdown", (e) => { if (!e.button && e.pointerType !== "touch") grip = at(e); });
svg.addEventListener("pointermove", (e) => {
  if (!grip) return;
  const [px, py] = at(e);
  if (!svg.hasPointerCapture(e.pointerId) && Math.hypot(px - grip[0], py - grip[1]) < 4 * scale()) return;
  svg.setPointerCapture(e.pointerId);
  x += grip[0] - px; y += grip[1] - py;
  show();
});
for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { grip = null; });
svg.addEventListener("dblclick", () => { [x, y, w, h] = whole; show(); });
svg.addEventListener("keydown", (e) => {
  const by = { "+": 1 / 1.3, "=": 1 / 1.3, "-": 1.3 }[e.key];
  if (by) zoom(by, x + w / 2, y + h / 2);
  else if (e.key === "0") { [x, y, w, h] = whole; show(); }
  else return;
  e.preventDefault();
  e.stopPropagation();
});
svg.setAttribute("tabindex", "0");
svg.style.cursor = "grab";
const edges = [...svg.querySelectorAll(".edge")];
svg.addEventListener("pointerover", (e) => {
  const id = e.target.closest(".node[data-id]")?.dataset.id;
  for (const edge of edges) {
    const near = !id || (edge.dataset.ends || "").split("-").includes(id);
    edge.style.opacity = near ? "" : "0.2";
  }
});
