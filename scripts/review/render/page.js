"use strict";
(() => {
  const changes = [...document.querySelectorAll("details.change")];
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const boxes = [...document.querySelectorAll('input[name="danger"]')];
  if (!search) return;
  const texts = new Map(changes.map((change) => [change, change.textContent.toLowerCase()]));
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const dangers = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const change of changes) {
      const text = texts.get(change);
      const fits = dangers.has(change.dataset.danger) && words.every((word) => text.includes(word));
      change.hidden = !fits;
      count += fits ? 1 : 0;
    }
    shown.textContent = `${count} of ${changes.length} shown`;
  };
  const setAll = (open) => changes.forEach((change) => { change.open = open; });
  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  boxes.forEach((box) => box.addEventListener("change", filter));
  document.getElementById("unfold").addEventListener("click", () => setAll(true));
  document.getElementById("fold").addEventListener("click", () => setAll(false));
  let open = [];
  addEventListener("beforeprint", () => { open = changes.filter((change) => change.open); setAll(true); });
  addEventListener("afterprint", () => changes.forEach((change) => { change.open = open.includes(change); }));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  });
})();
