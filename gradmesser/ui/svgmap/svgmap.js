/**
 * The engine of gradmesser.ui.svgmap: draws the map, its legend and its time lapse, and reports what a user opens.
 *
 * It is mounted once a page as an element of its own (see __init__.py) and leaves `mount` on the shelf, where the script of
 * each map takes it. Streamlit calls `mount` again with the same parent whenever values or theme change; what the user did
 * (zoom, keyboard position, frame) lives in the view of that parent and, should Streamlit mount it anew, in `memories`.
 * Names come from outside: text reaches the DOM through textContent and setAttribute only.
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const MARGIN = 6;
const MOST_ZOOM = 24;
const ZOOM_STEP = 1.6;
const DRAG_PX = 5;
const TYPE_MS = 800;
const FRAME_MS = 700;
const REPORT_MS = 350;
const GLIDE_MS = 180;
const REFOCUS_MS = 4000;
const TILE_PX = 6;
const RINGS = ["selected", "hovered", "focused"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const TEXT = {
  loading: "Karte wird geladen …",
  unreachable:
    "Die Karte lässt sich gerade nicht zeichnen, weil die Gebietsgrenzen nicht geladen werden konnten. " +
    "Alle Werte stehen in der Liste bei der Karte.",
  mismatch: (areas, values) =>
    `Gebietsgrenzen und Werte gehören nicht zusammen (${areas} Flächen, ${values} Werte). ` +
    "Damit keine falschen Werte zu sehen sind, bleibt die Karte leer. Alle Werte stehen in der Liste bei der Karte.",
  retry: "Erneut versuchen",
  keys:
    "Pfeiltasten: zum Nachbarn · Buchstaben: Name suchen · Pos1 und Ende: erster und letzter Name · " +
    "Eingabetaste: öffnen · + und −: Ausschnitt, 0: ganz Thüringen · Esc: Hinweis schließen",
  closer: "Karte vergrößern",
  farther: "Karte verkleinern",
  whole: "Ganz Thüringen zeigen",
  zoomed: (factor) => `Ausschnitt ${factor.toLocaleString("de-DE", { maximumFractionDigits: 1 })}-fach vergrößert`,
  wholeShown: "Ganz Thüringen ist zu sehen",
  tapAgain: "Noch einmal tippen: öffnen",
  play: "Abspielen",
  pause: "Anhalten",
  date: "Zeitpunkt der Karte",
  playing: (label) => `Zeitraffer läuft ab ${label}`,
  paused: (label) => `Zeitraffer angehalten: ${label}`,
  legend: (units) => `Legende mit Zahl der ${units} je Klasse`,
};

const ICONS = {
  closer: "M12 5v14M5 12h14",
  farther: "M5 12h14",
  whole: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  play: "M7 4v16l13-8z",
  pause: "M8 5v14M16 5v14",
};

const shelf = (globalThis.gradmesserShelf ??= {});
const views = new WeakMap();
const memories = new Map();
const geometries = new Map();
const outlines = new Map();
const MORE_CONTRAST = matchMedia("(prefers-contrast: more)");
const collator = new Intl.Collator("de");

/** Place on the shelf: `put` fills it, `taken` is the promise of what is put there. The scripts in __init__.py do the same. */
function slot(name) {
  return (shelf[name] ??= (() => {
    const place = {};
    place.taken = new Promise((put) => (place.put = put));
    return place;
  })());
}

export default function provide({ data }) {
  slot(data.name).put((component) => mount(component, data.css));
}

/** Show what Streamlit sent in the view of this parent; the returned function ends the view unless a newer call took over. */
function mount(component, css) {
  const root = component.parentElement;
  let view = views.get(root);
  if (view && view.key !== component.data.key) {
    dispose(view);
    view = undefined;
  }
  if (!view) {
    view = createView(root, css, component.data.key);
    views.set(root, view);
  }
  const turn = ++view.turn;
  receive(view, component);
  return () => {
    if (view.turn === turn) dispose(view);
  };
}

/* ---------- geometry ---------- */

/** JSON of a static file; tries one folder up as well, for addresses of pages that end with a slash. */
async function fetchJson(url) {
  for (const address of [url, `../${url}`]) {
    const response = await fetch(new URL(address, document.baseURI)).catch(() => null);
    const content = response?.ok ? await response.json().catch(() => null) : null;
    if (content) return content;
  }
  throw new Error(`svgmap: ${url} could not be read as GeoJSON`);
}

/** The promise kept under `name`, made on first use; a failed one is forgotten so that the next call tries again. */
function keep(cache, name, make) {
  if (!cache.has(name)) {
    const made = make();
    cache.set(name, made);
    made.catch(() => cache.delete(name));
  }
  return cache.get(name);
}

function loadGeometry(url) {
  return keep(geometries, url, async () => prepareGeometry(await fetchJson(url)));
}

/** Path data of the outlines in the projection of the given geometry. */
function loadOutlines(url, geometryUrl, projection) {
  return keep(outlines, `${url} ${geometryUrl}`, async () => {
    const rings = (await fetchJson(url)).features.flatMap(ringsOf);
    return rings.map((ring) => pathOf(projectRing(ring, projection))).join("");
  });
}

function ringsOf({ geometry }) {
  return geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
}

/** Linear equirectangular projection at the middle latitude, fitted to WIDTH. */
function projectionOf(features) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const feature of features) {
    for (const ring of ringsOf(feature)) {
      for (const [lon, lat] of ring) {
        west = Math.min(west, lon);
        east = Math.max(east, lon);
        south = Math.min(south, lat);
        north = Math.max(north, lat);
      }
    }
  }
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (WIDTH - 2 * MARGIN) / ((east - west) * shrink);
  return { west, north, sx: scale * shrink, sy: scale, height: (north - south) * scale + 2 * MARGIN };
}

function projectRing(ring, { west, north, sx, sy }) {
  return ring.map(([lon, lat]) => [MARGIN + (lon - west) * sx, MARGIN + (north - lat) * sy]);
}

function pathOf(points) {
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`;
}

/** Area and centre of a ring of projected points. */
function centreOf(points) {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const cross = points[j][0] * points[i][1] - points[i][0] * points[j][1];
    area += cross / 2;
    x += (points[j][0] + points[i][0]) * cross;
    y += (points[j][1] + points[i][1]) * cross;
  }
  return area === 0 ? { area: 0, x: points[0][0], y: points[0][1] } : { area: Math.abs(area), x: x / 6 / area, y: y / 6 / area };
}

/** Path data and centre (of the largest part) of one unit. */
function prepareUnit(feature, projection) {
  const rings = ringsOf(feature).map((ring) => projectRing(ring, projection));
  const { x, y } = rings.map(centreOf).reduce((largest, one) => (one.area > largest.area ? one : largest));
  const name = String(feature.properties.name);
  return { id: String(feature.id), name, folded: foldings(name), d: rings.map(pathOf).join(""), x, y };
}

/** Units sorted by id as Python sorts them, with what is needed to check that order against the values. */
function prepareGeometry({ features }) {
  const projection = projectionOf(features);
  const units = features.map((feature) => prepareUnit(feature, projection));
  units.sort((a, b) => (a.id < b.id ? -1 : 1));
  const alphabet = units.map((_, index) => index).sort((a, b) => collator.compare(units[a].name, units[b].name));
  return { units, alphabet, projection, order: crc32(units.map((unit) => unit.id).join("\n")) };
}

/** CRC-32 as eight hexadecimal digits, like zlib.crc32 in Python. */
function crc32(text) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

/* ---------- values ---------- */

/** The numbers of every unit: unpacks "57|121|12|58||13", where an empty one repeats the number before it in its class. */
function unpackNumbers({ letters, numbers, classes }) {
  const packed = numbers === "" ? [] : numbers.split("|");
  const last = classes.map(([, , , , , sentence]) => new Array(new Set(sentence.match(/\{\d+\}/g)).size).fill(""));
  let next = 0;
  return [...letters].map((letter) => {
    const before = last[classIndex(letter)];
    for (let place = 0; place < before.length; place++) before[place] = packed[next++] || before[place];
    return [...before];
  });
}

function classIndex(letter) {
  return letter.charCodeAt(0) - 65;
}

function fillIn(sentence, numbers) {
  return sentence.replace(/\{(\d+)\}/g, (_, place) => numbers[Number(place)]);
}

function shownFrame(view) {
  return view.frames?.[view.frame];
}

function shownLetters(view) {
  return shownFrame(view)?.[2] ?? view.data.letters;
}

/** Whether the sentences of `values` belong to what is shown; other frames of a time lapse have class and date only. */
function isExact(view) {
  const frame = shownFrame(view);
  return !frame || frame[0] === view.data.frame;
}

/** What a unit reads: the sentence of its class or the label of the class. */
function readingOf(view, index) {
  const shownClass = classIndex(shownLetters(view)[index]);
  const [, label, , , , sentence] = view.data.classes[shownClass];
  if (!isExact(view)) return { shownClass, text: `${label}, ${shownFrame(view)[1]}`, label: "" };
  return sentence === "" ? { shownClass, text: label, label: "" } : { shownClass, text: fillIn(sentence, view.numbers[index]), label };
}

/* ---------- names ---------- */

/** A name as people type it: without accents, and with ae, oe, ue written out. */
function foldings(name) {
  const small = name.toLowerCase().replaceAll("ß", "ss");
  const written = small.replaceAll("ä", "ae").replaceAll("ö", "oe").replaceAll("ü", "ue");
  return [small, written].map((text) => text.normalize("NFD").replace(/\p{M}/gu, ""));
}

/** The next unit by the alphabet whose name begins with what was typed; the same letter again goes on to the next. */
function findByName({ units, alphabet }, typed, active) {
  const wanted = foldings(typed)[0];
  const repeated = [...wanted].every((letter) => letter === wanted[0]);
  const prefix = repeated ? wanted[0] : wanted;
  const place = alphabet.indexOf(active) + (repeated ? 1 : 0);
  const turned = [...alphabet.slice(place), ...alphabet.slice(0, place)];
  return turned.find((index) => units[index].folded.some((name) => name.startsWith(prefix))) ?? -1;
}

/** The nearest unit within 45° of a direction, or -1 at the border; sideways distance counts double. */
function neighbourOf(units, from, [dx, dy]) {
  let [best, least] = [-1, Infinity];
  units.forEach((unit, index) => {
    const [x, y] = [unit.x - units[from].x, unit.y - units[from].y];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    const distance = along + 2 * aside;
    if (index !== from && along > 0 && aside <= along && distance < least) [best, least] = [index, distance];
  });
  return best;
}

/* ---------- elements ---------- */

function svgElement(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function iconOf(name) {
  const icon = svgElement("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
  icon.append(svgElement("path", { d: ICONS[name] }));
  return icon;
}

function toolOf(name) {
  const tool = element("button");
  tool.type = "button";
  tool.setAttribute("aria-label", TEXT[name]);
  tool.title = TEXT[name];
  tool.append(iconOf(name));
  return tool;
}

function createCanvas() {
  const canvas = svgElement("svg", {
    class: "canvas",
    role: "application",
    "aria-roledescription": "Karte",
    "aria-describedby": "description keys",
    preserveAspectRatio: "xMidYMid meet",
  });
  const layers = { patterns: svgElement("defs"), silhouette: svgElement("path", { class: "silhouette" }) };
  layers.areas = svgElement("g", { class: "areas", role: "presentation" });
  layers.empties = svgElement("path", { class: "empties" });
  layers.outlines = svgElement("g");
  layers.outlines.append(svgElement("path", { class: "outlines halo" }), svgElement("path", { class: "outlines" }));
  layers.rings = svgElement("g", { "aria-hidden": "true" });
  for (const ring of RINGS) {
    layers.rings.append(svgElement("path", { class: `ring ${ring} halo` }), svgElement("path", { class: `ring ${ring} line` }));
  }
  canvas.append(...Object.values(layers));
  return { canvas, ...layers };
}

function createPlayer() {
  const player = element("div", "player");
  const play = element("button", "wide");
  play.type = "button";
  const slider = element("input");
  slider.type = "range";
  slider.min = "0";
  slider.step = "1";
  slider.setAttribute("aria-label", TEXT.date);
  const date = element("output");
  date.setAttribute("aria-live", "off");
  player.append(play, slider, date);
  player.hidden = true;
  return { player, play, slider, date };
}

function createParts(root, css) {
  const style = element("style", "", css);
  const map = element("div", "map");
  const frame = element("div", "frame");
  const description = element("p", "unseen");
  description.id = "description";
  const keys = element("p", "keys", TEXT.keys);
  keys.id = "keys";
  const tools = element("div", "tools");
  const [closer, farther, whole] = ["closer", "farther", "whole"].map(toolOf);
  tools.append(closer, farther, whole);
  const note = element("p", "note");
  const tip = element("div", "tip");
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  const message = element("div", "message waiting");
  const status = element("div", "unseen");
  status.setAttribute("role", "status");
  const legend = element("ul", "legend");
  const drawing = createCanvas();
  const player = createPlayer();
  drawing.canvas.style.display = "none";
  tools.hidden = true;
  frame.append(drawing.canvas, note, tools, tip, message);
  const stage = element("div", "stage");
  stage.append(frame, keys);
  map.append(description, stage, player.player, legend, status);
  root.append(style, map);
  return { style, map, frame, description, note, tools, closer, farther, whole, tip, message, status, legend, ...drawing, ...player };
}

/** Everything one mounted map knows; indexes are places in the sorted units, -1 is none. */
function createView(root, css, key) {
  const memory = memories.get(key) ?? { zoom: { k: 1, x: WIDTH / 2, y: WIDTH / 2 }, active: "", leftAt: -Infinity };
  memories.set(key, memory);
  const view = {
    key,
    root,
    memory,
    turn: 0,
    parts: createParts(root, css),
    stop: new AbortController(),
    data: null,
    numbers: [],
    geometry: null,
    drawn: "",
    paths: [],
    looks: [],
    dressed: "",
    active: -1,
    focused: -1,
    hovered: -1,
    selected: -1,
    tipped: -1,
    typed: { text: "", at: 0 },
    pointers: new Map(),
    dragging: false,
    glide: 0,
    frames: null,
    framesName: null,
    frame: -1,
    told: null,
    playing: 0,
    reporting: 0,
  };
  listen(view);
  return view;
}

function dispose(view) {
  if (view.focused >= 0) view.memory.leftAt = performance.now();
  pause(view, { report: false });
  clearTimeout(view.reporting);
  cancelAnimationFrame(view.glide);
  view.turn++;
  view.stop.abort();
  view.sizes.disconnect();
  view.parts.style.remove();
  view.parts.map.remove();
  views.delete(view.root);
}

/* ---------- receiving and drawing ---------- */

function receive(view, { data, setTriggerValue }) {
  view.data = data;
  view.report = setTriggerValue;
  view.parts.map.style.setProperty("--height", `${data.height}px`);
  view.parts.map.classList.toggle("high", data.high || MORE_CONTRAST.matches);
  view.parts.canvas.setAttribute("aria-label", data.title);
  view.parts.description.textContent = data.description;
  view.parts.note.textContent = data.note;
  view.parts.legend.setAttribute("aria-label", TEXT.legend(data.units));
  refresh(view, view.turn);
}

/** Load what the data refer to, check that it belongs together, and show it; gives up when newer data came meanwhile. */
async function refresh(view, turn) {
  const { geometry: url, order, count } = view.data;
  if (!view.drawn) tellInPlace(view, TEXT.loading);
  let geometry;
  try {
    geometry = await loadGeometry(url);
  } catch {
    if (view.turn === turn) complain(view, TEXT.unreachable, () => refresh(view, view.turn));
    return;
  }
  const frames = view.data.frames ? await slot(view.data.frames).taken : null;
  if (view.turn !== turn) return;
  if (geometry.order !== order || geometry.units.length !== count) {
    complain(view, TEXT.mismatch(geometry.units.length, count));
    return;
  }
  view.numbers = unpackNumbers(view.data);
  takeFrames(view, frames);
  if (view.drawn !== url) draw(view, geometry, url);
  select(view);
  paint(view);
  drawOutlines(view, turn);
}

/** The thicker borders are an extra: without them the map still shows every value. */
async function drawOutlines(view, turn) {
  const { outlines: url, geometry } = view.data;
  const d = url ? await loadOutlines(url, geometry, view.geometry.projection).catch(() => "") : "";
  if (view.turn === turn) for (const path of view.parts.outlines.children) path.setAttribute("d", d);
}

function tellInPlace(view, text) {
  const { message, canvas, tools } = view.parts;
  message.className = "message waiting";
  message.removeAttribute("role");
  message.replaceChildren(element("p", "", text));
  message.hidden = false;
  canvas.style.display = "none";
  tools.hidden = true;
}

function complain(view, text, retry) {
  pause(view, { report: false });
  tellInPlace(view, text);
  const { message, legend, player } = view.parts;
  message.className = "message";
  message.setAttribute("role", "alert");
  if (retry) {
    const again = element("button", "wide", TEXT.retry);
    again.type = "button";
    again.addEventListener("click", retry, { once: true });
    message.append(again);
  }
  hideTip(view);
  legend.replaceChildren();
  player.hidden = true;
  view.dressed = "";
  view.drawn = "";
}

/** Put the areas of a geometry into the canvas; the keyboard position and the zoom stay where they were. */
function draw(view, geometry, url) {
  const { canvas, areas, silhouette, tools, message } = view.parts;
  const wanted = geometry.units.findIndex((unit) => unit.id === view.memory.active);
  view.geometry = geometry;
  view.drawn = url;
  [view.focused, view.hovered, view.active] = [-1, -1, -1];
  view.paths = geometry.units.map((unit, index) =>
    svgElement("path", { class: "area", role: "button", tabindex: "-1", "data-index": index, "data-id": unit.id, d: unit.d, "fill-rule": "evenodd" }),
  );
  silhouette.setAttribute("d", geometry.units.map((unit) => unit.d).join(""));
  areas.replaceChildren(...view.paths);
  message.hidden = true;
  canvas.style.display = "";
  tools.hidden = false;
  hideTip(view);
  showRings(view);
  setZoom(view, view.memory.zoom);
  if (wanted >= 0) activate(view, wanted);
  if (wanted >= 0 && performance.now() - view.memory.leftAt < REFOCUS_MS && document.activeElement === document.body) {
    view.paths[wanted].focus({ preventScroll: true });
  }
}

/** Mark the unit the page has chosen; it is where the keyboard enters until the user went elsewhere. */
function select(view) {
  const chosen = view.geometry.units.findIndex((unit) => unit.id === view.data.selected);
  if (chosen !== view.selected || view.paths[chosen]?.getAttribute("aria-current") !== "true") {
    view.paths[view.selected]?.removeAttribute("aria-current");
    view.paths[chosen]?.setAttribute("aria-current", "true");
    view.selected = chosen;
    if (chosen >= 0 && view.focused < 0) activate(view, chosen);
    if (chosen >= 0) bringIntoSight(view, chosen);
  }
  if (view.active < 0) activate(view, view.geometry.alphabet[0]);
  showRings(view);
}

/** Give every area the fill and the words of what is shown, and count the classes. */
function paint(view) {
  dress(view);
  const counts = view.looks.map(() => 0);
  const empties = [];
  view.paths.forEach((path, index) => {
    const { shownClass, text } = readingOf(view, index);
    const look = view.looks[shownClass];
    counts[shownClass]++;
    path.setAttribute("fill", look.fill);
    path.setAttribute("stroke", look.edge);
    if (look.pattern === "empty") empties.push(view.geometry.units[index].d);
    path.setAttribute("data-class", look.key);
    path.setAttribute("aria-label", `${view.geometry.units[index].name}: ${text}`);
  });
  view.parts.empties.setAttribute("d", empties.join(""));
  view.looks.forEach((look, index) => (look.count.textContent = counts[index].toLocaleString("de-DE")));
  if (view.tipped >= 0) fillTip(view, view.tipped);
}

/* ---------- colours and patterns ---------- */

function rgbOf(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function mix(one, other, part) {
  const [a, b] = [rgbOf(one), rgbOf(other)];
  return `rgb(${a.map((value, place) => Math.round(value + (b[place] - value) * part)).join(" ")})`;
}

/** Relative luminance after WCAG 2: 0 is black, 1 is white. */
function luminanceOf(colour) {
  const [red, green, blue] = rgbOf(colour).map((value) => (value / 255 <= 0.04045 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one, other) {
  const [dark, light] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Ink and paper as the browser computed them; a dark paper takes the dark colours of the classes. */
function themeOf(view) {
  const { color, backgroundColor } = getComputedStyle(view.parts.map);
  return { ink: color, paper: backgroundColor, dark: luminanceOf(backgroundColor) < 0.2, high: view.parts.map.classList.contains("high") };
}

/** What sets an area off from its neighbours: paper, and with high contrast ink or paper, whichever stands out from the fill. */
function edgeOf(colour, { ink, paper, high }) {
  return high && contrastOf(colour, ink) > contrastOf(colour, paper) ? ink : paper;
}

/** A tile of TILE_PX pixels in the colour of the class with lines or dots that stand out from it. */
function patternOf(id, pattern, colour, theme) {
  const turn = pattern === "dots" ? "" : "rotate(45)";
  const tile = svgElement("pattern", { id, patternUnits: "userSpaceOnUse", width: TILE_PX, height: TILE_PX, "data-turn": turn, patternTransform: turn });
  tile.append(svgElement("rect", { width: TILE_PX, height: TILE_PX, fill: colour }));
  const mark = theme.high ? edgeOf(colour, theme) : mix(colour, theme.ink, 0.5);
  if (pattern === "dots") {
    tile.append(svgElement("circle", { cx: TILE_PX / 2, cy: TILE_PX / 2, r: 1.3, fill: mark }));
    return tile;
  }
  const half = TILE_PX / 2;
  const d = pattern === "cross" ? `M${half} 0V${TILE_PX}M0 ${half}H${TILE_PX}` : `M${half} 0V${TILE_PX}`;
  tile.append(svgElement("path", { d, stroke: mark, "stroke-width": 1.3, fill: "none" }));
  return tile;
}

function lookOf([key, label, light, dark, pattern], index, theme) {
  const colour = theme.dark ? dark : light;
  const filled = pattern === "empty" ? theme.paper : colour;
  const look = { key, label, pattern, colour, fill: filled, swatch: filled, edge: edgeOf(filled, theme), count: element("span", "count") };
  if (pattern !== "none" && pattern !== "empty") [look.fill, look.swatch] = [`url(#area-${index})`, `url(#swatch-${index})`];
  return look;
}

function swatchOf(look) {
  const swatch = svgElement("svg", { class: "swatch", viewBox: "0 0 28 18", "aria-hidden": "true" });
  swatch.append(svgElement("rect", { x: 0.5, y: 0.5, width: 27, height: 17, rx: 2, fill: look.swatch }));
  return swatch;
}

/** Make looks, patterns and legend when classes or theme changed. */
function dress(view) {
  const theme = themeOf(view);
  const dressed = JSON.stringify([view.data.classes, theme]);
  if (dressed === view.dressed) return;
  view.dressed = dressed;
  view.looks = view.data.classes.map((one, index) => lookOf(one, index, theme));
  const tiles = view.looks.flatMap(({ fill, pattern, colour }, index) =>
    fill.startsWith("url") ? ["area", "swatch"].map((use) => patternOf(`${use}-${index}`, pattern, colour, theme)) : [],
  );
  view.parts.patterns.replaceChildren(...tiles);
  view.parts.legend.replaceChildren(...view.looks.map(legendEntry));
  scalePatterns(view);
}

function legendEntry(look) {
  const entry = element("li");
  entry.setAttribute("data-class", look.key);
  entry.append(swatchOf(look), element("span", "label", look.label), look.count);
  return entry;
}

/** Keep the tiles of the areas at their size on the screen, whatever the zoom. */
function scalePatterns(view) {
  const scale = 1 / (view.parts.canvas.getScreenCTM()?.a || 1);
  for (const tile of view.parts.patterns.children) {
    if (tile.id.startsWith("area")) tile.setAttribute("patternTransform", `${tile.dataset.turn} scale(${scale.toFixed(4)})`);
  }
}

/* ---------- rings and the tip ---------- */

/** Outline the selected, the hovered and the focused unit above all areas. */
function showRings(view) {
  for (const ring of RINGS) {
    const unit = view.geometry?.units[view[ring]];
    for (const path of view.parts.rings.querySelectorAll(`.${ring}`)) {
      path.classList.toggle("shown", Boolean(unit));
      path.setAttribute("d", unit?.d ?? "");
    }
  }
}

function fillTip(view, index, { tapped = false } = {}) {
  const { shownClass, text, label } = readingOf(view, index);
  const { tip } = view.parts;
  tip.replaceChildren(element("strong", "", view.geometry.units[index].name), element("span", "", text));
  if (label) {
    const line = element("span", "class");
    line.append(swatchOf(view.looks[shownClass]), element("span", "", label));
    tip.append(line);
  }
  if (tapped) tip.append(element("span", "hint", TEXT.tapAgain));
}

/** Show the tip of a unit beside a point of the window, inside the frame. */
function showTip(view, index, clientX, clientY, options) {
  const { tip, frame } = view.parts;
  fillTip(view, index, options);
  view.tipped = index;
  tip.hidden = false;
  const box = frame.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  const left = x + 16 + tip.offsetWidth > box.width ? x - 16 - tip.offsetWidth : x + 16;
  const top = y + 16 + tip.offsetHeight > box.height ? y - 16 - tip.offsetHeight : y + 16;
  const most = [box.width - tip.offsetWidth, box.height - tip.offsetHeight];
  tip.style.transform = `translate(${Math.max(0, Math.min(left, most[0]))}px, ${Math.max(0, Math.min(top, most[1]))}px)`;
}

function hideTip(view) {
  view.tipped = -1;
  view.parts.tip.hidden = true;
}

function showFocusedTip(view) {
  const unit = view.geometry.units[view.focused];
  const matrix = view.parts.canvas.getScreenCTM();
  if (!unit || !matrix) return;
  const point = new DOMPoint(unit.x, unit.y).matrixTransform(matrix);
  showTip(view, view.focused, point.x, point.y);
}

function announce(view, text) {
  view.parts.status.textContent = text;
}

/* ---------- zoom ---------- */

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

/** Show the part of the map around x, y at k times its size. */
function setZoom(view, { k, x, y }) {
  const { canvas, closer, farther, whole } = view.parts;
  const { height } = view.geometry.projection;
  const factor = clamp(k, 1, MOST_ZOOM);
  const [w, h] = [WIDTH / factor, height / factor];
  const zoom = { k: factor, x: clamp(x, w / 2, WIDTH - w / 2), y: clamp(y, h / 2, height - h / 2) };
  view.memory.zoom = zoom;
  canvas.setAttribute("viewBox", [zoom.x - w / 2, zoom.y - h / 2, w, h].map((value) => value.toFixed(3)).join(" "));
  canvas.classList.toggle("zoomed", factor > 1);
  closer.setAttribute("aria-disabled", String(factor >= MOST_ZOOM));
  farther.setAttribute("aria-disabled", String(factor <= 1));
  whole.setAttribute("aria-disabled", String(factor <= 1));
  scalePatterns(view);
}

/** Change the zoom with a short movement, at once for people who asked for less motion. */
function glideTo(view, target) {
  cancelAnimationFrame(view.glide);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    setZoom(view, target);
    return;
  }
  const from = { ...view.memory.zoom };
  const start = performance.now();
  const step = (now) => {
    const part = clamp((now - start) / GLIDE_MS, 0, 1);
    const eased = part * (2 - part);
    const k = from.k * (target.k / from.k) ** eased;
    setZoom(view, { k, x: from.x + (target.x - from.x) * eased, y: from.y + (target.y - from.y) * eased });
    if (part < 1) view.glide = requestAnimationFrame(step);
    else if (view.focused >= 0 && view.tipped === view.focused) showFocusedTip(view);
  };
  view.glide = requestAnimationFrame(step);
}

/** The zoom by a factor that leaves a point of the map where it is. */
function zoomAround({ k, x, y }, factor, point) {
  const wanted = clamp(k * factor, 1, MOST_ZOOM);
  return { k: wanted, x: point.x + ((x - point.x) * k) / wanted, y: point.y + ((y - point.y) * k) / wanted };
}

function zoomStep(view, factor) {
  const zoom = view.memory.zoom;
  const k = clamp(zoom.k * factor, 1, MOST_ZOOM);
  const centre = view.geometry.units[view.focused] ?? zoom;
  if (view.focused < 0) hideTip(view);
  glideTo(view, factor > 1 ? { k, x: (zoom.x + centre.x) / 2, y: (zoom.y + centre.y) / 2 } : { ...zoom, k });
  announce(view, k > 1 ? TEXT.zoomed(k) : TEXT.wholeShown);
}

function showWhole(view) {
  glideTo(view, { k: 1, x: WIDTH / 2, y: view.geometry.projection.height / 2 });
  announce(view, TEXT.wholeShown);
}

/** Move the visible part when a unit lies outside of it. */
function bringIntoSight(view, index) {
  const { k, x, y } = view.memory.zoom;
  const unit = view.geometry.units[index];
  const [w, h] = [(WIDTH / k) * 0.42, (view.geometry.projection.height / k) * 0.42];
  if (Math.abs(unit.x - x) > w || Math.abs(unit.y - y) > h) setZoom(view, { k, x: unit.x, y: unit.y });
}

/* ---------- what users do ---------- */

function listen(view) {
  const { map, canvas, closer, farther, whole, play, slider, frame } = view.parts;
  const on = (target, types, handler, options = {}) => {
    for (const type of types.split(" ")) target.addEventListener(type, (event) => handler(view, event), { ...options, signal: view.stop.signal });
  };
  on(closer, "click", () => zoomStep(view, ZOOM_STEP));
  on(farther, "click", () => zoomStep(view, 1 / ZOOM_STEP));
  on(whole, "click", () => showWhole(view));
  on(canvas, "click", onClick);
  on(canvas, "keydown", onKey);
  on(canvas, "keydown keypress keyup", (_, event) => event.stopPropagation());
  on(map, "keydown", (_, event) => event.key === "Escape" && hideTip(view));
  on(canvas, "focusin", onFocusIn);
  on(canvas, "focusout", onFocusOut);
  on(canvas, "wheel", onWheel, { passive: false });
  on(canvas, "pointerdown", onPointerDown);
  on(canvas, "pointermove", onPointerMove);
  on(canvas, "pointerup pointercancel", onPointerEnd);
  on(canvas, "pointerleave", onPointerLeave);
  on(play, "click", () => (view.playing ? pause(view) : startPlaying(view)));
  on(slider, "input", () => {
    if (view.playing) pause(view, { report: false });
    showFrame(view, Number(slider.value));
  });
  on(slider, "change", () => reportFrame(view));
  view.sizes = new ResizeObserver(() => {
    if (view.geometry) scalePatterns(view);
    hideTip(view);
  });
  view.sizes.observe(frame);
}

function indexOf(event) {
  const index = event.target.getAttribute?.("data-index");
  return index === null || index === undefined ? -1 : Number(index);
}

/** Make a unit the one the Tab key reaches. */
function activate(view, index) {
  view.paths[view.active]?.setAttribute("tabindex", "-1");
  view.paths[index].setAttribute("tabindex", "0");
  view.active = index;
  view.memory.active = view.geometry.units[index].id;
}

function open(view, index) {
  activate(view, index);
  view.report("opened", view.geometry.units[index].id);
}

function onClick(view, event) {
  const index = indexOf(event);
  if (index < 0 || view.dragging) return;
  const touched = (event.pointerType || "mouse") === "touch";
  if (touched && view.tipped !== index) {
    showTip(view, index, event.clientX, event.clientY, { tapped: true });
    view.hovered = index;
    showRings(view);
    announce(view, `${view.paths[index].getAttribute("aria-label")}. ${TEXT.tapAgain}`);
    return;
  }
  open(view, index);
}

function onFocusIn(view, event) {
  const index = indexOf(event);
  if (index < 0) return;
  activate(view, index);
  if (!event.target.matches(":focus-visible")) return;
  view.focused = index;
  view.parts.map.classList.add("keyboard");
  bringIntoSight(view, index);
  showRings(view);
  showFocusedTip(view);
}

function onFocusOut(view, event) {
  if (!event.relatedTarget) view.memory.leftAt = performance.now();
  if (view.tipped === view.focused) hideTip(view);
  view.focused = -1;
  view.parts.map.classList.remove("keyboard");
  showRings(view);
}

function focusUnit(view, index) {
  if (index >= 0) view.paths[index].focus({ preventScroll: true });
}

function onKey(view, event) {
  const index = indexOf(event);
  if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = performance.now() - view.typed.at < TYPE_MS && view.typed.text !== "";
  const action = typing && event.key.length === 1 ? null : actionOf(view, event.key, index);
  if (!action && event.key.length !== 1) return;
  event.preventDefault();
  if (action) action();
  else typeAhead(view, event.key, typing);
}

/** What a key does on a unit, or null for keys that are letters of a name. */
function actionOf(view, key, index) {
  const { units, alphabet } = view.geometry;
  if (key in ARROWS) return () => focusUnit(view, neighbourOf(units, index, ARROWS[key]));
  const openUnit = () => (view.playing ? pause(view) : open(view, index));
  const actions = {
    Enter: openUnit,
    " ": openUnit,
    Home: () => focusUnit(view, alphabet[0]),
    End: () => focusUnit(view, alphabet.at(-1)),
    Escape: () => clear(view),
    "+": () => zoomStep(view, ZOOM_STEP),
    "-": () => zoomStep(view, 1 / ZOOM_STEP),
    0: () => showWhole(view),
  };
  return Object.hasOwn(actions, key) ? actions[key] : null;
}

function typeAhead(view, key, typing) {
  view.typed = { text: (typing ? view.typed.text : "") + key, at: performance.now() };
  focusUnit(view, findByName(view.geometry, view.typed.text, view.active));
}

function clear(view) {
  view.typed = { text: "", at: 0 };
  view.hovered = -1;
  hideTip(view);
  showRings(view);
}

function pointOf(view, { x, y }) {
  return new DOMPoint(x, y).matrixTransform(view.parts.canvas.getScreenCTM().inverse());
}

/** Only with Ctrl (or a pinch on a touchpad, which browsers report so): the page keeps its own scrolling. */
function onWheel(view, event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  cancelAnimationFrame(view.glide);
  hideTip(view);
  const factor = Math.exp(-clamp(event.deltaY, -60, 60) / 150);
  setZoom(view, zoomAround(view.memory.zoom, factor, pointOf(view, { x: event.clientX, y: event.clientY })));
}

function onPointerDown(view, event) {
  if (event.button !== 0) return;
  const { clientX: x, clientY: y } = event;
  view.pointers.set(event.pointerId, { x, y, startX: x, startY: y });
}

function onPointerMove(view, event) {
  const pointer = view.pointers.get(event.pointerId);
  if (!pointer || event.buttons === 0) {
    view.pointers.delete(event.pointerId);
    if (event.pointerType === "mouse") hover(view, event);
    return;
  }
  const far = Math.hypot(event.clientX - pointer.startX, event.clientY - pointer.startY) > DRAG_PX;
  const movable = view.memory.zoom.k > 1 || view.pointers.size === 2;
  if (!view.dragging && !(far && movable)) return;
  startDragging(view, event);
  const before = gripOf(view);
  pointer.x = event.clientX;
  pointer.y = event.clientY;
  moveGrip(view, before, gripOf(view));
}

function startDragging(view, event) {
  if (view.dragging) return;
  view.dragging = true;
  view.parts.canvas.setPointerCapture(event.pointerId);
  view.parts.canvas.classList.add("dragged");
  cancelAnimationFrame(view.glide);
  view.hovered = -1;
  hideTip(view);
  showRings(view);
}

/** Middle and spread of the fingers (or the mouse) on the map. */
function gripOf(view) {
  const points = [...view.pointers.values()];
  const middle = { x: 0, y: 0 };
  for (const { x, y } of points) {
    middle.x += x / points.length;
    middle.y += y / points.length;
  }
  const spread = points.length === 2 ? Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y) : 1;
  return { middle, spread: Math.max(spread, 1) };
}

function moveGrip(view, before, after) {
  const [from, to] = [pointOf(view, before.middle), pointOf(view, after.middle)];
  const { k, x, y } = view.memory.zoom;
  const moved = { k, x: x + from.x - to.x, y: y + from.y - to.y };
  setZoom(view, zoomAround(moved, after.spread / before.spread, from));
}

function onPointerEnd(view, event) {
  view.pointers.delete(event.pointerId);
  if (view.pointers.size > 0) return;
  view.parts.canvas.classList.remove("dragged");
  setTimeout(() => (view.dragging = false));
}

function onPointerLeave(view, event) {
  if (!view.dragging) view.pointers.delete(event.pointerId);
  if (event.pointerType !== "mouse") return;
  view.hovered = -1;
  showRings(view);
  if (view.focused >= 0) showFocusedTip(view);
  else hideTip(view);
}

function hover(view, event) {
  const index = indexOf(event);
  if (index !== view.hovered) {
    view.hovered = index;
    showRings(view);
  }
  if (index >= 0) showTip(view, index, event.clientX, event.clientY);
  else hideTip(view);
}

/* ---------- time lapse ---------- */

/** Take the frames of the page; the page decides the frame unless it is playing or did not change its mind. */
function takeFrames(view, frames) {
  const { player, slider } = view.parts;
  const renewed = view.framesName !== (view.data.frames ?? null);
  view.frames = frames;
  view.framesName = view.data.frames ?? null;
  player.hidden = !frames;
  if (!frames) {
    pause(view, { report: false });
    return;
  }
  slider.max = String(frames.length - 1);
  if (renewed) pause(view, { report: false });
  if (renewed || (view.told !== view.data.frame && !view.playing)) view.frame = frames.findIndex(([key]) => key === view.data.frame);
  view.told = view.data.frame;
  labelPlayer(view);
}

/** Put the state of the time lapse into its button, its slider and its date. */
function labelPlayer(view) {
  const { play, slider, date } = view.parts;
  const label = shownFrame(view)[1];
  const name = view.playing ? "pause" : "play";
  if (play.dataset.name !== name) {
    play.dataset.name = name;
    play.replaceChildren(iconOf(name), element("span", "", TEXT[name]));
  }
  slider.value = String(view.frame);
  slider.setAttribute("aria-valuetext", label);
  date.textContent = label;
}

function showFrame(view, index) {
  view.frame = index;
  labelPlayer(view);
  paint(view);
}

function startPlaying(view) {
  if (view.frame >= view.frames.length - 1) showFrame(view, 0);
  view.playing = setInterval(() => {
    if (view.frame >= view.frames.length - 1) pause(view);
    else showFrame(view, view.frame + 1);
  }, FRAME_MS);
  labelPlayer(view);
  announce(view, TEXT.playing(shownFrame(view)[1]));
}

function pause(view, { report = true } = {}) {
  if (!view.playing) return;
  clearInterval(view.playing);
  view.playing = 0;
  if (!view.frames) return;
  labelPlayer(view);
  announce(view, TEXT.paused(shownFrame(view)[1]));
  if (report) reportFrame(view);
}

/** Tell Python where the user stopped; waits a moment, because arrow keys on the slider stop at every step. */
function reportFrame(view) {
  clearTimeout(view.reporting);
  view.reporting = setTimeout(() => {
    const [key] = shownFrame(view) ?? [];
    if (key !== undefined && key !== view.data.frame) view.report("framed", key);
  }, REPORT_MS);
}
