// The map, the period and the list, each of which narrows the others.
//
// - The address is the state: filters and period in its query, `sel` for the incident looked at, `#zoom/lat/lon` behind it.
// - The still map stays until the live one has drawn, and for good where WebGL is missing or the reader saves data.
// - Nothing comes from elsewhere: tiles, ground and library are this server's; the worker is a file of its own.

import { VERDICTS, cell, style, symbol } from "./map-style.js";
import { follow } from "./elsewhere.js";
import { isOff, keyOf } from "./keyboard.js";
import { Timeline, isoDay } from "./timeline.js";

const LIST_DELAY_MS = 120;
const SPREAD_PIXELS = 4, ROUNDING = 0.00002;

const root = /** @type {HTMLElement} */ (document.getElementById("atlas"));
const list = /** @type {HTMLElement} */ (document.getElementById("map-list"));
const canvas = /** @type {HTMLElement} */ (document.getElementById("live-map"));
const still = /** @type {HTMLElement} */ (document.getElementById("still-map"));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

/** What the address says, the period aside. */
const state = {
  query: new URLSearchParams(root.dataset.query),
  picked: root.dataset.sel || null,
  moved: /^#\d/.test(location.hash) || Boolean(root.dataset.view),
  /** @type {string | null} the part of the map that a count stands for, once it was asked for */
  part: null,
};

/** @type {import("./vendor/maplibre-gl.mjs").Map | null} */
let map = null;
let leave = new AbortController();

const timeline = document.getElementById("timeline") && new Timeline(
  /** @type {HTMLElement} */ (document.getElementById("timeline")),
  async () => { await Promise.all([tiles(), refresh()]); },
);

/** The query of the state; `more` are keys for this use alone. @param {Record<string, string>} [more] */
function query(more = {}) {
  const found = new URLSearchParams(state.query);
  if (timeline && !timeline.isWhole) {
    found.set("day__gte", isoDay(timeline.window.from));
    found.set("day__lte", isoDay(timeline.window.to));
  }
  for (const [key, value] of Object.entries(more)) found.set(key, value);
  return found.toString();
}

/** Writes the state into the address, and into the links that lead to the same state in another language. */
function remember() {
  const asked = query(state.picked ? { sel: state.picked } : {});
  history.replaceState(history.state, "", `${location.pathname}${asked ? `?${asked}` : ""}${location.hash}`);
  follow(asked, location.hash);
}

/** Fetches the list for what is in sight; the last request wins. */
async function refresh() {
  remember();
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const more = state.picked ? { sel: state.picked } : {};
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/map/list?${query({ ...more, ...box() })}`, { signal, headers: { Accept: "text/html" } });
    const text = await answer.text();
    if (signal.aborted) return;
    list.removeAttribute("aria-busy");
    if (!answer.ok) return;
    const held = document.activeElement?.closest("#map-list [data-incident]")?.getAttribute("data-incident");
    list.innerHTML = text;
    if (held != null) {
      const again = /** @type {HTMLElement | null} */ (list.querySelector(held ? `[data-incident="${CSS.escape(held)}"]` : "[data-incident]"));
      again?.focus();
    }
    ring();
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") list.removeAttribute("aria-busy");
  }
}

/** What is in sight, once the reader chose it. @returns {Record<string, string>} */
function box() {
  if (state.part) return { bbox: state.part };
  if (!map || !state.moved) return {};
  const bounds = map.getBounds();
  const wide = bounds.getEast() - bounds.getWest() >= 360;
  const lon = (/** @type {number} */ degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const [west, east] = wide ? [-180, 180] : [lon(bounds.getWest()), lon(bounds.getEast())];
  return { bbox: [west, bounds.getSouth(), east, bounds.getNorth()].map((one) => one.toFixed(4)).join(",") };
}

/** Looks at one incident, or at none. @param {string | null} incident */
async function pick(incident) {
  state.picked = incident;
  await refresh();
}

/** Marks the incident looked at, and what its circle holds. */
function ring() {
  const spot = list.querySelector("[data-picked][data-lon]");
  if (!map?.getSource("picked")) return;
  const { lon, lat, radius } = spot instanceof HTMLElement ? spot.dataset : {};
  /** @type {any} */ (map.getSource("picked")).setData({
    type: "FeatureCollection",
    features: lon && lat ? [{ type: "Feature", geometry: { type: "Point", coordinates: [Number(lon), Number(lat)] }, properties: { radius: Number(radius) / (78_271.517 * Math.cos((Number(lat) * Math.PI) / 180)) } }] : [],
  });
}

/** Shows the tiles and zones of the period. */
async function tiles() {
  if (!map?.getSource("incidents")) return;
  const drawn = new Promise((done) => map?.once("idle", done));
  /** @type {any} */ (map.getSource("incidents")).setTiles([tileAddress()]);
  for (const layer of ["zone", "zone-name"]) map.setFilter(layer, zoneFilter());
  await drawn;
  root.dataset.shown = `${isoDay(timeline ? timeline.window.from : 0)}/${isoDay(timeline ? timeline.window.to : 0)}`;
}

function tileAddress() {
  const asked = new URLSearchParams(query());
  asked.delete("lang");
  return `${location.origin}/tiles/{z}/{x}/{y}.mvt?${asked}`;
}

/** Zones that hold on some day of the period. */
function zoneFilter() {
  if (!timeline) return ["literal", true];
  const [from, to] = [isoDay(timeline.window.from), isoDay(timeline.window.to)];
  return ["all", ["<=", ["get", "from"], to], [">=", ["get", "to"], from]];
}

const styled = () => style({
  ground: `${location.origin}${root.dataset.ground}`,
  groundDepth: Number(root.dataset.groundDepth),
  tiles: tileAddress(),
  depth: Number(root.dataset.depth),
  zones: `${location.origin}${root.dataset.zones}`,
  zoneFilter: zoneFilter(),
});

function pictures() {
  for (const verdict of VERDICTS) {
    if (map?.hasImage(verdict)) map.removeImage(verdict);
    map?.addImage(verdict, symbol(verdict), { pixelRatio: 2 });
  }
}

/** Moves the view as a button says. @param {string} way */
function go(way) {
  if (!map) return;
  const step = Math.min(canvas.clientWidth, canvas.clientHeight) / 3;
  const pans = { left: [-step, 0], right: [step, 0], up: [0, -step], down: [0, step] };
  const speed = { duration: calm.matches ? 0 : 250 };
  if (way in pans) map.panBy(/** @type {any} */ (pans)[way], speed, { by: "reader" });
  else if (way === "whole") { state.moved = false; state.part = null; map.fitBounds(bounds(), { ...speed, padding: 24 }); }
  else map.zoomTo(map.getZoom() + (way === "in" ? 1 : -1), speed, { by: "reader" });
}

/** @returns {[[number, number], [number, number]]} */
function bounds() {
  return corners(root.dataset.bounds || "-170,-55,170,70");
}

/** @param {string} box west,south,east,north; east may be west of west @returns {[[number, number], [number, number]]} */
function corners(box) {
  const [west, south, east, north] = box.split(",").map(Number);
  return [[west, south], [east < west ? east + 360 : east, north]];
}

/** Picks what was clicked: a single one, the next of several, or the way into a cell. @param {any} event */
function clicked(event) {
  if (!map) return;
  const { x, y } = event.point;
  const found = map.queryRenderedFeatures([[x - 6, y - 6], [x + 6, y + 6]], { layers: ["single", "cell"] });
  const ids = [...new Set(found.filter((one) => one.layer.id === "single").map((one) => String(one.properties.id)))].sort();
  if (ids.length) void pick(ids[(ids.indexOf(state.picked ?? "") + 1) % ids.length]);
  else if (found.length) open(found[0].properties);
}

/** Lists what a count stands for, and goes nearer where that spreads over some of the map. @param {any} cell */
function open({ west, south, east, north }) {
  if (!map) return;
  const within = (degrees, most) => Math.min(most, Math.max(-most, degrees)).toFixed(5);
  state.part = [
    within(west - ROUNDING, 180), within(south - ROUNDING, 90), within(east + ROUNDING, 180), within(north + ROUNDING, 90),
  ].join(",");
  const [low, high] = [map.project([west, south]), map.project([east, north])];
  if (Math.max(Math.abs(high.x - low.x), Math.abs(high.y - low.y)) > SPREAD_PIXELS) {
    map.fitBounds([[west, south], [east, north]], { padding: 80, maxZoom: 14, duration: calm.matches ? 0 : 400 });
  } else void refresh();
}

/** Loads the library with its sheet, which pages without a live map do without. */
async function loaded() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("./vendor/maplibre-gl.css", import.meta.url).href;
  const styled = new Promise((done, failed) => { sheet.onload = done; sheet.onerror = failed; });
  document.head.append(sheet);
  const [library] = await Promise.all([import("./vendor/maplibre-gl.mjs"), styled]);
  return library;
}

async function live() {
  const library = await loaded();
  canvas.hidden = false;
  map = new library.Map({
    container: canvas,
    style: /** @type {any} */ (styled()),
    hash: true,
    bounds: root.dataset.view ? corners(root.dataset.view) : bounds(),
    fitBoundsOptions: { padding: 24 },
    maxZoom: 16,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    fadeDuration: 0,
    locale: JSON.parse(root.dataset.locale ?? "{}"),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  pictures();
  map.setMissingStyleImageResolver((id) => { if (id.startsWith("cell-")) map?.addImage(id, cell(id), { pixelRatio: 2 }); });
  map.on("click", clicked);
  map.on("mousemove", (event) => {
    const over = map?.queryRenderedFeatures(event.point, { layers: ["single", "cell"].filter((one) => map?.getLayer(one)) });
    canvas.classList.toggle("over", Boolean(over?.length));
  });
  let later = 0;
  map.on("moveend", (event) => {
    if (event.originalEvent || event.by) { state.moved = true; state.part = null; }
    clearTimeout(later);
    later = setTimeout(() => { if (root.dataset.ready) void refresh(); }, LIST_DELAY_MS);
  });
  dark.addEventListener("change", () => { map?.setStyle(/** @type {any} */ (styled())); map?.once("styledata", () => { pictures(); ring(); }); });
  map.once("idle", () => {
    still.hidden = true;
    document.getElementById("live-note")?.removeAttribute("hidden");
    root.dataset.ready = "true";
    ring();
    if (state.moved) void refresh();
  });
}

/** Keys that this page knows beside those of every page. @param {KeyboardEvent} event */
function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || isOff() || document.querySelector("dialog[open]")) return;
  const at = /** @type {HTMLElement} */ (event.target);
  if (at.closest("input:not([type=range]), textarea, select, [contenteditable]")) return;
  if (event.key === " " && at.closest("button, a, summary")) return;
  const key = keyOf(event);
  if (key === "[") { timeline?.pause(); void timeline?.step(-1); }
  else if (key === "]") { timeline?.pause(); void timeline?.step(1); }
  else if (key === " " && timeline) void timeline.toggle();
  else return;
  event.preventDefault();
}

function begin() {
  list.addEventListener("click", (event) => {
    const spot = /** @type {HTMLElement} */ (event.target).closest("[data-incident]");
    if (!spot || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void pick(spot.getAttribute("data-incident") || null);
  });
  document.getElementById("map-tools")?.addEventListener("click", (event) => {
    const way = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.way;
    if (way) go(way);
  });
  document.addEventListener("keydown", pressed);
  const start = document.getElementById("start-live");
  const run = () => {
    start?.remove();
    document.getElementById("map-tools")?.removeAttribute("hidden");
    live().catch(() => {
      canvas.hidden = true;
      document.getElementById("map-tools")?.setAttribute("hidden", "");
      root.dataset.failed = "true";
    });
  };
  if (start && root.dataset.saves) { start.hidden = false; start.addEventListener("click", run); }
  else run();
}

begin();
