// How the map is drawn: its layers, and the pictures of single incidents and of counts.
//
// - Shape and colour both tell a verdict; a count is a ring with a share for each verdict, each in a pattern of its own.
// - What is not known to the metre has a circle that holds it and grows with the ground.
// - Colours are those of the sheet, so that light and dark follow it; names are drawn without a server of glyphs.

export const VERDICTS = ["breach", "not_determinable", "exempt", "no_breach", "none"];
const LARGEST_DISC = 150_000 / 78_271.5; // pixels at zoom 0: a wider circle would cover the map and tell nothing

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The same value for each verdict. @param {(verdict: string) => unknown} of */
const byVerdict = (of) => ["match", ["get", "verdict"], ...VERDICTS.slice(0, 4).flatMap((one) => [one, of(one)]), of("none")];

/** Grows with the ground: doubles with each zoom. */
const onGround = (/** @type {unknown} */ atZero) => ["interpolate", ["exponential", 2], ["zoom"], 0, atZero, 24, ["*", atZero, 16_777_216]];

/**
 * The style of the map in the reader's language and colours.
 * @param {{ground: string, groundDepth: number, tiles: string, depth: number, zones: string, zoneFilter: unknown}} from
 */
export function style(from) {
  const language = document.documentElement.lang;
  const text = { "text-font": ["sans-serif"], "text-size": 12 };
  const halo = { "text-color": colour("map-ink"), "text-halo-color": colour("map-halo"), "text-halo-width": 1.6 };
  const line = (/** @type {string} */ id, /** @type {object} */ paint) => ({ id, type: "line", source: "ground", "source-layer": id, paint: { "line-color": colour("map-line"), "line-width": 0.9, ...paint } });
  const single = { source: "incidents", "source-layer": "incident" };
  const edge = colour("map-edge");
  return {
    version: 8,
    sources: {
      ground: { type: "vector", tiles: [from.ground], maxzoom: from.groundDepth },
      incidents: { type: "vector", tiles: [from.tiles], maxzoom: from.depth },
      zones: { type: "geojson", data: from.zones },
      picked: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": colour("map-sea") } },
      { id: "land", type: "fill", source: "ground", "source-layer": "land", paint: { "fill-color": colour("map-land"), "fill-antialias": false } },
      line("coast", {}),
      line("border", {}),
      line("open", { "line-dasharray": [4, 3] }),
      { id: "zone", type: "line", source: "zones", filter: from.zoneFilter, paint: { "line-color": edge, "line-width": ["match", ["get", "role"], "line", 2.5, 1.5], "line-dasharray": [5, 2, 1, 2], "line-opacity": ["match", ["get", "role"], "inner", 0.55, 0.9] } },
      { id: "country", type: "symbol", source: "ground", "source-layer": "name", filter: [">=", ["zoom"], ["get", "size"]], layout: { ...text, "text-field": ["get", language], "text-max-width": 8, "text-allow-overlap": true }, paint: { ...halo, "text-color": colour("map-muted") } },
      { id: "disc", type: "circle", source: "incidents", "source-layer": "disc", filter: ["<", ["get", "radius"], LARGEST_DISC], paint: { "circle-radius": onGround(["get", "radius"]), "circle-color": byVerdict(colour), "circle-opacity": 0.07, "circle-stroke-color": byVerdict(colour), "circle-stroke-opacity": 0.5, "circle-stroke-width": 0.8 } },
      { id: "cell", type: "symbol", source: "incidents", "source-layer": "cell", layout: { ...text, "icon-image": cellImage(), "icon-size": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 0.5, 1, 0.62, 3, 0.85, 5, 1], "icon-allow-overlap": true, "symbol-sort-key": ["get", "count"], "text-field": ["number-format", ["get", "count"], { locale: "en" }], "text-size": 11, "text-allow-overlap": true }, paint: { "text-color": "#111111", "text-halo-color": "#ffffff", "text-halo-width": 1.8 } },
      { id: "single", type: "symbol", ...single, layout: { ...text, "icon-image": ["get", "verdict"], "icon-allow-overlap": true, "symbol-sort-key": ["-", 0, ["get", "rank"]], "text-field": ["step", ["zoom"], "", 8, ["coalesce", ["get", "place"], ""]], "text-size": 11, "text-optional": true, "text-anchor": "top", "text-offset": [0, 0.7] }, paint: halo },
      { id: "zone-name", type: "symbol", source: "zones", filter: from.zoneFilter, layout: { ...text, "symbol-placement": "line", "text-field": ["match", ["get", "role"], ["inner", "box"], "", ["get", "name"]], "text-offset": [0, -0.8] }, paint: halo },
      { id: "picked-disc", type: "circle", source: "picked", filter: [">", ["get", "radius"], 0], paint: { "circle-radius": onGround(["get", "radius"]), "circle-color": "transparent", "circle-stroke-color": edge, "circle-stroke-width": 1.5 } },
      { id: "picked", type: "circle", source: "picked", paint: { "circle-radius": 11, "circle-color": "transparent", "circle-stroke-color": edge, "circle-stroke-width": 3 } },
    ],
  };
}

/** The name of the picture of a cell: eighths of its incidents by verdict. */
function cellImage() {
  const shares = VERDICTS.map((one) => ["to-string", ["round", ["/", ["*", 8, ["coalesce", ["get", one], 0]], ["get", "count"]]]]);
  return ["concat", "cell", ...shares.flatMap((share) => ["-", share])];
}

/** Draws on a small canvas. @param {number} side @param {(pen: CanvasRenderingContext2D) => void} draw */
function picture(side, draw) {
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = side * 2;
  const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  pen.scale(2, 2);
  draw(pen);
  return pen.getImageData(0, 0, side * 2, side * 2);
}

/** The shape of a verdict, as the still map and the legend draw it. @param {string} verdict */
export const symbol = (verdict) => picture(18, (pen) => {
  const paint = colour(verdict === "none" ? "map-muted" : verdict);
  pen.translate(9, 9);
  pen.strokeStyle = colour("map-halo");
  pen.fillStyle = paint;
  pen.lineWidth = 1.2;
  pen.beginPath();
  if (verdict === "breach") pen.rect(-5.2, -5.2, 10.4, 10.4);
  else if (verdict === "exempt") { pen.moveTo(0, -6.5); pen.lineTo(6.5, 0); pen.lineTo(0, 6.5); pen.lineTo(-6.5, 0); pen.closePath(); }
  else if (verdict === "not_determinable") pen.arc(0, 0, 5, 0, 7);
  else if (verdict === "none") pen.arc(0, 0, 3, 0, 7);
  if (verdict === "no_breach") {
    for (const [width, ink] of [[4.2, colour("map-halo")], [2.2, paint]]) {
      pen.lineWidth = Number(width);
      pen.strokeStyle = String(ink);
      pen.beginPath();
      pen.moveTo(-4.3, -4.3); pen.lineTo(4.3, 4.3); pen.moveTo(4.3, -4.3); pen.lineTo(-4.3, 4.3);
      pen.stroke();
    }
  } else if (verdict === "not_determinable") {
    pen.fillStyle = colour("map-halo");
    pen.fill();
    pen.strokeStyle = paint;
    pen.lineWidth = 2.4;
    pen.stroke();
  } else { pen.fill(); pen.stroke(); }
});

/** A ring with a share for each verdict, each in its pattern: full, hollow, hatched, thin. @param {string} name */
export const cell = (name) => picture(44, (pen) => {
  const eighths = name.split("-").slice(1).map(Number);
  const all = eighths.reduce((sum, one) => sum + one, 0) || 1;
  let turn = -Math.PI / 2;
  pen.translate(22, 22);
  pen.fillStyle = "#ffffff";
  pen.beginPath(); pen.arc(0, 0, 20, 0, 7); pen.fill();
  eighths.forEach((eighth, place) => {
    if (!eighth) return;
    const verdict = VERDICTS[place], ink = colour(verdict === "none" ? "map-muted" : verdict), next = turn + (2 * Math.PI * eighth) / all;
    const [outer, inner] = { breach: [20, 13], not_determinable: [19, 14], exempt: [19, 14], no_breach: [18, 15], none: [18, 16] }[verdict] ?? [18, 16];
    pen.beginPath();
    pen.arc(0, 0, outer, turn, next);
    pen.arc(0, 0, inner, next, turn, true);
    pen.closePath();
    pen.strokeStyle = ink;
    pen.fillStyle = ink;
    pen.lineWidth = 1.6;
    if (verdict === "not_determinable") pen.stroke(); else pen.fill();
    if (verdict === "exempt") {
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = 1.4;
      for (let at = turn + 0.12; at < next; at += 0.26) {
        pen.beginPath(); pen.moveTo(13 * Math.cos(at), 13 * Math.sin(at)); pen.lineTo(20 * Math.cos(at + 0.1), 20 * Math.sin(at + 0.1)); pen.stroke();
      }
    }
    turn = next;
  });
});
