// Nodes found by name or op; Enter goes from hit to hit.

let hits = [], hit = -1;
function search() {
  const q = $("find").value.trim().toLowerCase();
  hits = q ? picture.order.filter((id) => {
    const [title, kind, op] = data.names[id];
    return kind !== "constant" && (title.toLowerCase().includes(q) || op.toLowerCase().includes(q));
  }) : [];
  hit = -1;
  const found = new Set(hits);
  for (const [id, node] of picture.nodes) node.el.classList.toggle("hit", found.has(id));
  $("hits").value = q ? String(hits.length) : "";
}

function nextHit() {
  if (!hits.length) { $("live").textContent = "Nothing found"; return; }
  hit = (hit + 1) % hits.length;
  $("hits").value = `${hit + 1} of ${hits.length}`;
  pick(hits[hit]);
  $("live").textContent = `${data.names[hits[hit]][0]}, ${hit + 1} of ${hits.length}`;
}
$("find").addEventListener("input", search);
$("search").addEventListener("submit", (e) => { e.preventDefault(); nextHit(); });
