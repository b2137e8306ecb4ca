// Everything can be read without this: it filters, and shows which arrow a hop is.
(() => {
  document.documentElement.classList.add("scripted");
  const search = document.getElementById("search");
  const boxes = [...document.querySelectorAll("input[name=severity]")];
  const told = document.getElementById("told");
  const items = [...document.querySelectorAll("[data-severity]")];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    items.forEach((item, at) => {
      const fits = wanted.has(item.dataset.severity) && words.every((word) => texts[at].includes(word));
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    told.textContent = `${shown} of ${items.length} shown`;
  };
  search.addEventListener("input", filter);
  boxes.forEach((box) => box.addEventListener("change", filter));
  const all = document.getElementById("unfold");
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    all.setAttribute("aria-pressed", String(open));
    document.querySelectorAll("main details").forEach((it) => { it.open = open; });
  });
  const arrows = [...document.querySelectorAll("#picture .arrow[data-ids]")];
  document.querySelectorAll("[data-via]").forEach((hop) => {
    const light = (on) => () => arrows
      .filter((arrow) => arrow.dataset.ids.split(" ").includes(hop.dataset.via))
      .forEach((arrow) => arrow.classList.toggle("lit", on));
    for (const [event, on] of [["mouseenter", true], ["mouseleave", false], ["focus", true], ["blur", false]]) {
      hop.addEventListener(event, light(on));
    }
  });
  filter();
})();
