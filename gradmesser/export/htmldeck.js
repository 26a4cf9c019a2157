"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const figures = JSON.parse(byId("abbildungen").textContent);
  const settings = JSON.parse(byId("einstellungen").textContent);
  const slides = [...document.querySelectorAll(".folie")];
  const last = Math.max(...slides.map((one) => Number(one.dataset.nummer)));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const SMALLEST = 0.6, PHONE = 0.5, PREVIEW = 0.42, PHONE_WIDTH = 600, STEP_MS = 800, STILL_MS = 3500, TYPED_MS = 2500, SWIPE = 60;
  let now = 1, nameless = false, typed = "", typedTimer = 0, turning = settings.turn > 0 && !calm.matches, turnTimer = 0, scale = 1;
  const maps = new Map();

  function element(name, words, parent, kind) {
    const made = document.createElement(name);
    if (words) made.textContent = words;
    if (kind) made.className = kind;
    if (parent) parent.append(made);
    return made;
  }
  function drawn(name, attributes, parent) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  }
  function shown() {
    return slides.find((one) => Number(one.dataset.nummer) === now && ["", nameless ? "ohne" : "mit"].includes(one.dataset.namen));
  }

  function measure() {
    const portrait = innerHeight > innerWidth;
    const preview = window.parent !== window && innerWidth < 0.95 * screen.width && !portrait;
    scale = Math.max(preview ? PREVIEW : innerWidth < PHONE_WIDTH ? PHONE : SMALLEST, portrait ? innerWidth / 1920 : Math.min(innerWidth / 1920, innerHeight / 1080));
    document.documentElement.style.setProperty("--s", scale.toFixed(4));
  }

  /* Names of bars stand on one line where the screen is wide, on several where it is narrow. */
  function flat(text) { return typeof text === "string" ? text.replaceAll("<br>", " ") : text; }
  function unwrapped(figure) {
    const bars = figure.data.some((trace) => trace.type === "bar" && trace.orientation === "h");
    if (!bars) return figure;
    const made = structuredClone(figure);
    for (const trace of made.data) if (Array.isArray(trace.y)) trace.y = trace.y.map(flat);
    for (const note of made.layout.annotations || []) note.y = flat(note.y);
    const axis = made.layout.yaxis;
    if (axis && Array.isArray(axis.ticktext)) axis.ticktext = axis.ticktext.map(flat);
    return made;
  }

  function draw(slide) {
    const place = slide.querySelector(".bild");
    if (!place) return;
    const one = figures[Number(place.dataset.figur)], area = place.querySelector(".flaeche");
    if (one.art === "karte") { if (!maps.has(area)) maps.set(area, drawMap(area, one)); return; }
    area.style.transform = "none"; area.style.width = area.style.height = "0px";
    const style = getComputedStyle(place);
    const wide = place.clientWidth / scale, high = Math.max(place.clientHeight, parseFloat(style.minHeight) || 0) / scale;
    const width = one.schmal ? Math.min(wide, 1.5 * high) : wide, roomy = wide > 1250;
    const height = Math.max(high - 4, roomy ? one.hoch : 1.35 * one.hoch);
    const figure = roomy ? unwrapped(one.figur) : one.figur;
    const layout = { ...figure.layout, width, height };
    Plotly.react(area, figure.data, layout, { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, topojsonURL: "" });
    area.style.transform = `scale(${scale})`;
    area.style.width = `${width}px`; area.style.height = `${height}px`;
    area.style.marginLeft = `${Math.max(0, (wide - width) / 2) * scale}px`;
    area.style.marginBottom = `${-height * (1 - scale)}px`; area.style.marginRight = `${-width * (1 - scale)}px`;
    const scrolls = height * scale > place.clientHeight + 2 && getComputedStyle(place).overflowY === "auto";
    if (scrolls) place.tabIndex = 0; else place.removeAttribute("tabindex");
    const more = place.querySelector(".mehr") || element("p", "↓ mehr mit Pfeil nach unten", place, "mehr");
    const tell = () => { more.hidden = !scrolls || place.scrollTop + place.clientHeight > place.scrollHeight - 8; };
    place.onscroll = tell; tell();
  }

  function pattern(defs, id, kind, colour, large) {
    const made = drawn("pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: `scale(${large ? 1.4 : 1})` }, defs);
    drawn("rect", { width: 8, height: 8, fill: settings.colours.surface }, made);
    if (kind === "hatch") drawn("path", { d: "M-2 2L2 -2M0 8L8 0M6 10L10 6", stroke: colour, "stroke-width": 2 }, made);
    if (kind === "cross") drawn("path", { d: "M0 0L8 8M8 0L0 8", stroke: colour, "stroke-width": 1.6 }, made);
    if (kind === "dots") drawn("circle", { cx: 4, cy: 4, r: 2.2, fill: colour }, made);
    return `url(#${id})`;
  }

  function drawMap(area, one) {
    const box = element("div", "", area, "karte");
    area.style.height = "100%";
    const svg = drawn("svg", { viewBox: `-4 -4 ${one.breit + 8} ${one.hoch + 8}`, role: "img", "aria-label": area.getAttribute("aria-label") }, box);
    area.removeAttribute("role"); area.removeAttribute("aria-label");
    const defs = drawn("defs", {}, svg), own = `m${maps.size}`;
    const fills = one.klassen.map((look, index) => (look.muster === "none" ? look.farbe : pattern(defs, `${own}-${index}`, look.muster, look.farbe, true)));
    const paths = one.wege.map((way) => drawn("path", { d: way }, svg));
    const titles = paths.map((path) => drawn("title", {}, path));
    const beside = element("div", "", box, "legende"), list = element("ul", "", beside);
    const counts = one.klassen.map((look, index) => {
      const line = element("li", "", list), swatch = drawn("svg", { viewBox: "0 0 44 26", "aria-hidden": "true" }, line);
      drawn("rect", { width: 44, height: 26, fill: fills[index] }, swatch);
      element("span", look.wort, line);
      return element("b", "", line);
    });
    let frame = one.tage.length - 1, timer = 0;
    const panel = element("div", "", beside, "lapse");
    const day = element("p", "", panel, "tag"), slider = element("input", "", panel), button = element("button", "", panel);
    const hint = element("p", "", panel, "hinweis");
    slider.type = "range"; slider.min = 0; slider.max = one.tage.length - 1; slider.setAttribute("aria-label", "Monat der Karte");
    button.type = "button";
    function show() {
      const letters = one.buchstaben[frame], found = new Array(one.klassen.length).fill(0);
      paths.forEach((path, index) => {
        const kind = letters.charCodeAt(index) - 65;
        found[kind] += 1;
        path.setAttribute("fill", fills[kind]);
        titles[index].textContent = (one.namen[index] ? `${one.namen[index]}: ` : "") + one.klassen[kind].wort;
      });
      counts.forEach((place, index) => { place.textContent = found[index]; });
      day.textContent = `Stand ${one.tage[frame]}`;
      slider.value = frame; slider.setAttribute("aria-valuetext", one.tage[frame]);
    }
    function label() {
      button.textContent = timer ? "⏸ Zeitraffer anhalten" : "▶ Zeitraffer";
      button.hidden = calm.matches;
      hint.textContent = calm.matches ? "Bewegung ist abgeschaltet: Der Regler zeigt jeden Stand." : "";
    }
    function stop() { clearInterval(timer); timer = 0; label(); }
    function play() {
      if (timer) { stop(); return; }
      if (calm.matches) return;
      if (frame === one.tage.length - 1) { frame = 0; show(); }
      timer = setInterval(() => { frame += 1; show(); if (frame >= one.tage.length - 1) stop(); }, STEP_MS);
      label();
    }
    slider.addEventListener("input", () => { stop(); frame = Number(slider.value); show(); });
    button.addEventListener("click", play);
    calm.addEventListener("change", stop);
    panel.hidden = one.tage.length < 2;
    show(); label();
    return { stop, play };
  }

  function go(number, quiet) {
    const wanted = Math.min(last, Math.max(1, number));
    for (const map of maps.values()) map.stop();
    now = wanted;
    const slide = shown();
    for (const one of slides) one.hidden = one !== slide;
    byId("nummer").textContent = `${now} / ${last}`;
    byId("zurueck").disabled = now === 1; byId("weiter").disabled = now === last && !settings.turn;
    if (!quiet) slide.focus({ preventScroll: true });
    try { history.replaceState(null, "", `#${now}`); } catch { /* a file without an address of its own */ }
    draw(slide);
    waitForTurn();
  }
  function step(by) {
    if (settings.turn && now + by > last) go(1); else go(now + by);
  }
  function waitForTurn() {
    clearTimeout(turnTimer);
    const button = byId("pause");
    if (!settings.turn) return;
    button.firstChild.textContent = turning ? "Anhalten " : "Weiterlaufen ";
    if (turning) turnTimer = setTimeout(() => { go(now === last ? 1 : now + 1, true); }, 1000 * settings.turn);
  }
  function pause() {
    const map = maps.get(shown().querySelector(".flaeche"));
    if (settings.turn) { turning = !turning; waitForTurn(); } else if (map) map.play();
  }
  function black(on = byId("schwarz").hidden) {
    byId("schwarz").hidden = !on;
    if (on) byId("schwarz").focus(); else shown().focus({ preventScroll: true });
  }
  function say(words) {
    const place = byId("ansage");
    place.textContent = words; place.hidden = !words;
    clearTimeout(typedTimer);
    typedTimer = setTimeout(() => { place.hidden = true; typed = ""; }, TYPED_MS);
  }
  function names() {
    if (!settings.switch) { say("Diese Präsentation enthält keine Namen."); return; }
    nameless = !nameless;
    byId("namen").setAttribute("aria-pressed", String(nameless));
    go(now);
  }
  function full() {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.();
  }

  const KEYS = {
    ArrowRight: () => step(1), ArrowLeft: () => step(-1), PageDown: () => step(1), PageUp: () => step(-1), " ": () => step(1),
    Home: () => go(1), End: () => go(last), b: () => black(true), ".": () => black(true), o: names, n: names, p: pause, f: full,
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!byId("schwarz").hidden) {
      if (["Shift", "Tab"].includes(key)) return;
      event.preventDefault(); black(false); return;
    }
    if (/^\d$/.test(key)) { typed = (typed + key).slice(-3); say(`Folie ${typed} – mit Eingabe öffnen`); return; }
    if (key === "Enter" && typed) { event.preventDefault(); const wanted = Number(typed); say(""); typed = ""; go(wanted); return; }
    if (key === "Escape") { say(""); typed = ""; return; }
    const target = event.target;
    if (target instanceof HTMLInputElement && /^(Arrow|Page|Home|End)/.test(key)) return;
    if (target instanceof HTMLButtonElement && key === " ") return;
    if (key === " " && event.shiftKey) { event.preventDefault(); step(-1); return; }
    if (key === "ArrowDown" || key === "ArrowUp") {
      const place = shown().querySelector(".bild") || shown();
      place.scrollBy({ top: key === "ArrowDown" ? 160 : -160 }); return;
    }
    const act = KEYS[key];
    if (act) { event.preventDefault(); act(); }
  });
  const CLICKS = { zurueck: () => step(-1), weiter: () => step(1), namen: names, dunkel: () => black(true), voll: full, pause, schwarz: () => black(false) };
  for (const [id, act] of Object.entries(CLICKS)) {
    byId(id)?.addEventListener("click", (event) => { if (event.detail && event.currentTarget.blur) event.currentTarget.blur(); act(); });
  }

  let start = null;
  addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 && !(event.target instanceof HTMLInputElement) ? event.touches[0] : null;
  }, { passive: true });
  addEventListener("touchend", (event) => {
    if (!start) return;
    const across = event.changedTouches[0].clientX - start.clientX, down = event.changedTouches[0].clientY - start.clientY;
    start = null;
    if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) step(across < 0 ? 1 : -1);
  }, { passive: true });

  let still = 0;
  function awake() {
    document.body.classList.remove("still");
    clearTimeout(still);
    still = setTimeout(() => document.body.classList.add("still"), STILL_MS);
  }
  for (const name of ["pointermove", "pointerdown", "touchstart"]) addEventListener(name, awake, { passive: true });
  let resized = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(resized);
    resized = requestAnimationFrame(() => { measure(); draw(shown()); });
  });
  addEventListener("hashchange", () => { const asked = Number(location.hash.slice(1)); if (asked && asked !== now) go(asked); });
  if (navigator.maxTouchPoints > 0) document.body.classList.add("tippen");
  measure(); awake();
  document.fonts.ready.then(() => { go(Number(location.hash.slice(1)) || 1, window.parent !== window); document.body.dataset.bereit = "ja"; });
})();
