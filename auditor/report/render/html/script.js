"use strict";
(() => {
  const list = document.getElementById("cards");
  const openOnHash = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (target && target.tagName === "DETAILS") {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  if (!list) return;
  const PAGE = 200;
  const cards = Array.from(list.children);
  const byId = (id) => document.getElementById(id);
  const tiles = Array.from(document.querySelectorAll(".tile"));
  const chosen = new Set();
  let texts = null;
  let limit = PAGE;
  let fitting = cards;

  const textOf = (index) => {
    if (texts === null) texts = cards.map((card) => card.textContent.toLowerCase());
    return texts[index];
  };
  const valueOf = (id) => (byId(id) ? byId(id).value : "");

  const paint = () => {
    const visible = new Set(fitting.slice(0, limit));
    for (const card of cards) {
      const hide = !visible.has(card);
      if (card.hidden !== hide) card.hidden = hide;
    }
    const left = fitting.length - visible.size;
    byId("more").hidden = left <= 0;
    byId("more").textContent = "Show " + Math.min(PAGE, left) + " more of " + left;
    byId("none").hidden = fitting.length > 0;
    byId("shown").textContent =
      "Showing " + visible.size + " of " + fitting.length + (fitting.length < cards.length ? " that fit, " + cards.length + " in all" : "");
  };

  const filter = () => {
    const words = valueOf("q").toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = { audience: valueOf("audience"), rule: valueOf("rule"), change: valueOf("change") };
    fitting = cards.filter((card, index) => {
      const data = card.dataset;
      if (chosen.size && !chosen.has(data.state)) return false;
      for (const key of Object.keys(wanted)) if (wanted[key] && data[key] !== wanted[key]) return false;
      return words.every((word) => textOf(index).includes(word));
    });
    limit = PAGE;
    paint();
  };

  let timer = 0;
  byId("q").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 120);
  });
  for (const id of ["audience", "rule", "change"]) if (byId(id)) byId(id).addEventListener("change", filter);
  for (const tile of tiles) {
    tile.addEventListener("click", () => {
      const state = tile.dataset.state;
      if (!chosen.delete(state)) chosen.add(state);
      tile.setAttribute("aria-pressed", String(chosen.has(state)));
      filter();
    });
  }
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("reset", () => {
    chosen.clear();
    for (const tile of tiles) tile.setAttribute("aria-pressed", "false");
    setTimeout(filter, 0);
  });
  byId("more").addEventListener("click", () => {
    const first = fitting[limit];
    limit += PAGE;
    paint();
    if (first) first.querySelector("summary").focus();
  });
  byId("open-all").addEventListener("click", () => {
    for (const card of fitting.slice(0, limit)) card.open = true;
  });
  byId("close-all").addEventListener("click", () => {
    for (const card of cards) card.open = false;
  });
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName || "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId("q").focus();
    }
  });
  addEventListener("beforeprint", () => {
    limit = fitting.length;
    paint();
    for (const card of fitting) card.open = true;
  });
  addEventListener("hashchange", openOnHash);
  paint();
  openOnHash();
})();
