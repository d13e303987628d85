// Single keys: search, rows, before and after, and the screens. They can be switched off (WCAG 2.1.4).
// What a key leads to is found in the page: nothing here knows an address.

const OFF = "groundtruce.keys.off";
const WAYS = { s: "/", m: "/map", i: "/incidents", c: "/compliance", b: "/bulletins", d: "/daily", a: "/agreement", r: "/record" };
const WAIT_MS = 1200;
let begun = 0;

export const isOff = () => { try { return localStorage.getItem(OFF) === "yes"; } catch { return false; } };

/** @param {boolean} off */
function keep(off) { try { if (off) localStorage.setItem(OFF, "yes"); else localStorage.removeItem(OFF); } catch { /* then for this page only */ } }

/** @param {string} path */
function go(path) {
  for (const way of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".ways a"))) {
    if (new URL(way.href).pathname === path) way.click();
  }
}

/** @param {number} step */
function row(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
  if (!rows.length) return;
  const at = rows.findIndex((one) => one.hasAttribute("aria-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (at >= 0) rows[at].removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  /** @type {HTMLElement|null} */ (next.querySelector("a"))?.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** @param {string} rel */
const follow = (rel) => /** @type {HTMLAnchorElement|null} */ (document.querySelector(`main a[rel="${rel}"]`))?.click();

async function help() {
  const here = document.querySelector("main [aria-labelledby='keys']");
  if (here) { here.scrollIntoView(); return; }
  let dialog = /** @type {HTMLDialogElement|null} */ (document.querySelector("dialog[data-keys]"));
  if (!dialog) {
    const way = /** @type {HTMLAnchorElement|null} */ (document.querySelector('.foot a[href*="/accessibility"]'));
    if (!way) return;
    const page = new DOMParser().parseFromString(await (await fetch(way.href)).text(), "text/html");
    const section = page.querySelector('section[aria-labelledby="keys"]');
    if (!section) return;
    dialog = document.createElement("dialog");
    dialog.dataset.keys = "";
    dialog.setAttribute("aria-labelledby", "keys");
    dialog.append(document.importNode(section, true));
    document.body.append(dialog);
    switches(dialog);
    dialog.addEventListener("click", (one) => { if (one.target === dialog) dialog?.close(); });
  }
  dialog.showModal();
}

/** @param {ParentNode} within */
function switches(within) {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (within.querySelectorAll("[data-keys-switch]"))) {
    box.disabled = false;
    box.checked = !isOff();
    box.addEventListener("change", () => keep(!box.checked));
  }
}

/** Keys of a layout without Latin letters, by where they lie: what help names, they do. */
const PLACES = { Slash: "/", BracketLeft: "[", BracketRight: "]" };

/** The key that was meant. @param {KeyboardEvent} event */
export function keyOf(event) {
  if (/^[ -~]$/.test(event.key) || event.key.length > 1) return event.key;
  if (event.key === "؟") return "?";
  if (event.code === "Slash" && event.shiftKey) return "?";
  return /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : PLACES[/** @type {keyof PLACES} */ (event.code)] ?? event.key;
}

const KEYS = {
  "/": () => /** @type {HTMLElement|null} */ (document.querySelector("input[data-key='/']"))?.focus(),
  "?": help, j: () => row(1), k: () => row(-1), "[": () => follow("prev"), "]": () => follow("next"),
};

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.closest("input, select, textarea, [contenteditable], .maplibregl-canvas-container");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writes || isOff()) return;
  if (document.querySelector("dialog[open]")) return;
  const key = keyOf(event);
  if (event.timeStamp - begun < WAIT_MS && key in WAYS) {
    begun = 0;
    event.preventDefault();
    go(WAYS[/** @type {keyof WAYS} */ (key)]);
  } else if (key === "g") begun = event.timeStamp;
  else if (key in KEYS) {
    event.preventDefault();
    KEYS[/** @type {keyof KEYS} */ (key)]();
  }
});
switches(document);
document.documentElement.dataset.keys = "ready";
