// Where one looks at: the viewBox follows drags, wheels, pinches and buttons.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

const BUTTONS = 62; // pixels that the zoom buttons take at the right

function makeView(stage, svg, tapped) {
  const full = svg.viewBox.baseVal;
  const whole = { x: full.x, y: full.y, w: full.width, h: full.height };
  let x = 0, y = 0, k = 1, gliding = 0; // the left top corner, and pixels for each unit
  const size = () => stage.getBoundingClientRect();
  const limit = (s) => Math.min(6, Math.max(s, 0.04));

  function show() {
    const s = size();
    svg.setAttribute("viewBox", `${x} ${y} ${s.width / k} ${s.height / k}`);
  }

  function glide(to, quick) {
    cancelAnimationFrame(gliding);
    if (quick || calm.matches) {
      ({ x, y, k } = to);
      return show();
    }
    const from = { x, y, k }, begin = performance.now();
    const move = (t) => {
      const p = Math.min(1, (t - begin) / 280), e = 1 - (1 - p) ** 3;
      x = from.x + (to.x - from.x) * e;
      y = from.y + (to.y - from.y) * e;
      k = from.k + (to.k - from.k) * e;
      show();
      if (p < 1) gliding = requestAnimationFrame(move);
    };
    gliding = requestAnimationFrame(move);
  }

  const around = (cx, cy, s) => {
    const r = size();
    return { x: cx - r.width / s / 2, y: cy - r.height / s / 2, k: s };
  };

  const fitting = () => {
    const r = size();
    return limit(Math.min((r.width - BUTTONS) / whole.w, r.height / whole.h, 1.7));
  };

  function fit(quick) {
    const s = fitting(), free = (size().width - whole.w * s) / 2;
    const aside = Math.max(0, BUTTONS - free) / s;
    glide(around(whole.x + whole.w / 2 + aside, whole.y + whole.h / 2, s), quick);
  }

  // What is first seen: all of it if that can be read, else the place given at a size that can.
  function open(box) {
    if (fitting() > 0.4 || !box) return fit(true);
    const r = size(), s = 0.8, to = around(box.x, box.y, s);
    const inside = (v, low, long, seen) =>
      long < seen ? low - (seen - long) / 2 : Math.min(Math.max(v, low), low + long - seen);
    to.x = inside(to.x, whole.x, whole.w + BUTTONS / s, r.width / s);
    to.y = inside(to.y, whole.y, whole.h, r.height / s);
    glide(to, true);
  }

  function zoom(by, px, py, quick) {
    const r = size(), s = limit(k * by);
    const ux = x + (px ?? r.width / 2) / k, uy = y + (py ?? r.height / 2) / k;
    glide({ x: ux - (px ?? r.width / 2) / s, y: uy - (py ?? r.height / 2) / s, k: s }, quick);
  }

  function reveal(b) {
    const r = size(), w = r.width / k, h = r.height / k, m = 24 / k;
    const out = b.x - b.w / 2 < x + m || b.x + b.w / 2 > x + w - BUTTONS / k
      || b.y - b.h / 2 < y + m || b.y + b.h / 2 > y + h - m;
    if (out) glide(around(b.x, b.y, Math.max(k, 0.6)));
  }

  // Fingers and the mouse alike.
  const down = new Map();
  let moved = 0, aim = null;
  stage.addEventListener("pointerdown", (e) => {
    if (e.target.closest(".zoom") || e.button) return;
    cancelAnimationFrame(gliding);
    if (!down.size) { moved = 0; aim = e.target; }
    down.set(e.pointerId, [e.clientX, e.clientY]);
  });
  stage.addEventListener("pointermove", (e) => {
    const was = down.get(e.pointerId);
    if (!was) return;
    const r = size(), now = [e.clientX, e.clientY];
    moved += Math.hypot(now[0] - was[0], now[1] - was[1]);
    if (moved > 5 && !stage.hasPointerCapture(e.pointerId)) {
      stage.setPointerCapture(e.pointerId);
      stage.classList.add("drag");
    }
    if (down.size === 1) {
      if (moved > 5) { x -= (now[0] - was[0]) / k; y -= (now[1] - was[1]) / k; show(); }
    } else if (down.size === 2) {
      const other = [...down].find(([id]) => id !== e.pointerId)[1];
      const gap = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
      x -= (now[0] - was[0]) / 2 / k;
      y -= (now[1] - was[1]) / 2 / k;
      const mid = [(now[0] + other[0]) / 2 - r.left, (now[1] + other[1]) / 2 - r.top];
      zoom(gap(now) / gap(was), ...mid, true);
    }
    down.set(e.pointerId, now);
  });
  const up = (e) => {
    if (!down.delete(e.pointerId) || down.size) return;
    stage.classList.remove("drag");
    if (moved <= 5 && e.type === "pointerup") tapped(aim);
  };
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("wheel", (e) => {
    e.preventDefault();
    const r = size(), lines = e.deltaMode ? 18 : 1;
    const by = Math.exp(-Math.max(-60, Math.min(60, e.deltaY * lines)) * 0.006);
    zoom(by, e.clientX - r.left, e.clientY - r.top, true);
  }, { passive: false });
  let wide = size();
  new ResizeObserver(() => {
    const s = size();
    x += (wide.width - s.width) / k / 2;
    y += (wide.height - s.height) / k / 2;
    wide = s;
    show();
  }).observe(stage);
  return { fit, open, zoom, reveal, state: () => ({ x, y, k }) };
}
