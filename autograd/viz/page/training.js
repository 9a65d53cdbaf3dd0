// The second slider: gradients at training steps, in the same layout.

let dots = [];
if (data.frames.length) {
  $("training").hidden = false;
  $("frame").max = data.frames.length - 1;
  const losses = data.frames.map((f) => parseFloat(f.loss)), good = losses.filter(Number.isFinite);
  const low = Math.min(...good), high = Math.max(...good), n = Math.max(1, losses.length - 1);
  dots = losses.map((l, i) => Number.isFinite(l)
    ? [i / n * 120, 28 - (l - low) / (high - low || 1) * 26] : null);
  $("curve").setAttribute("viewBox", "0 0 120 30");
  make("path", { d: "M" + dots.filter(Boolean).join("L") }, good.length > 1 ? $("curve") : null);
  make("circle", { r: 4, cx: -99, fill: "var(--blue)" }, $("curve"));
  $("frame").addEventListener("input", () => seek(Number($("frame").value)));
  $("leave").addEventListener("click", () => { frame = null; resting = true; position = steps.length; render(); });
}

function seek(i) {
  pause();
  frame = i;
  resting = true;
  render();
  const f = data.frames[i];
  $("live").textContent = `Training step ${f.step}${f.loss ? `, loss ${f.loss}` : ""}`;
}
