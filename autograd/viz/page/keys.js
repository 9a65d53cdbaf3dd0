// Keys and buttons, and how the page opens.

function turnTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

const keys = {
  " ": play,
  ArrowRight: () => go(position + 1),
  ArrowLeft: () => go(position - 1),
  Home: () => go(0),
  End: () => go(steps.length),
  "/": () => { $("find").focus(); $("find").select(); },
  "?": () => $("help").showModal(),
  "+": () => view.zoom(1.3),
  "=": () => view.zoom(1.3),
  "-": () => view.zoom(1 / 1.3),
  0: () => view.fit(),
  c: () => groups.all(),
  t: turnTheme,
  Escape: () => pick(null),
};
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("help").open) return;
  const on = e.target, typing = on.matches("input[type=search],select");
  if (typing && e.key === "Escape") on.blur();
  if (typing) return;
  if (on.matches("button,summary") && (e.key === " " || e.key === "Enter")) return;
  if (on.matches("input[type=range]") && /^(Arrow|Home|End)/.test(e.key)) return;
  const folded = on.closest?.("[data-group]");
  if (folded && (e.key === "Enter" || e.key === " ")) {
    e.preventDefault();
    return groups.toggle(folded.dataset.group);
  }
  if (e.shiftKey && e.key.startsWith("Arrow")) { e.preventDefault(); return walk(e.key); }
  const act = keys[e.key];
  if (!act || (/^(Arrow|Home|End)/.test(e.key) && !steps.length)) return;
  e.preventDefault();
  act();
});
const press = { first: "Home", back: "ArrowLeft", next: "ArrowRight", last: "End", play: " ",
  ask: "?", theme: "t", in: "+", out: "-", fit: "0" };
for (const [id, key] of Object.entries(press)) $(id).addEventListener("click", () => keys[key]());
$("place").addEventListener("input", () => go(Number($("place").value)));
$("speed").addEventListener("change", () => timer && (clearTimeout(timer), run()));

// #step=3 opens the page there, #play starts it.
function follow() {
  const wish = /^#(?:step=(\d+)|(play))$/.exec(location.hash);
  if (wish) { go(wish[2] ? 0 : Number(wish[1])); if (wish[2]) play(); }
}
const rootNode = picture.nodes.get(String(data.roots[0]));
rootNode?.el.setAttribute("tabindex", 0);
for (const list of document.querySelectorAll("aside details")) list.open = false;
view.open(rootNode ? moved(rootNode.b) : null);
render();
follow();
addEventListener("hashchange", follow);
