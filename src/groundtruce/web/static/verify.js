// The page on which a proof file is dropped: reads the files, checks them here, and says what holds.
// All sentences stand in the page, in its language; this script chooses which are seen.

import { readOpenSsh, verify } from "./proof.js";

const MOST_BYTES = 1 << 20;
const root = /** @type {HTMLElement} */ (document.querySelector("[data-verify]"));
const policy = /** @type {HTMLTextAreaElement} */ (root.querySelector("textarea"));
const known = (root.dataset.keys ?? "").split(" ").filter(Boolean).map((one) => Uint8Array.from(one.match(/../g) ?? [], (two) => parseInt(two, 16)));
/** @type {{proof: Uint8Array|null, statement: Uint8Array|null, keys: Uint8Array[]}} */
const given = { proof: null, statement: null, keys: [] };
/** @type {string[]} names of the files last given that are none of these */
let strange = [];

/** Sorts what was dropped by what it is, whatever its name. @param {Iterable<File>} files */
async function take(files) {
  strange = [];
  for (const file of files) {
    if (file.size > MOST_BYTES) { strange.push(file.name); continue; }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const key = readOpenSsh(text);
    if (text.startsWith("c2sp.org/tlog-proof")) given.proof = bytes;
    else if (text.startsWith("{")) given.statement = bytes;
    else if (key) given.keys.push(key);
    else if (/^witness \S+ \S+\+[0-9a-f]{8}\+/m.test(text)) policy.value = text;
    else if (file.name.endsWith(".tlog-proof")) given.proof = bytes;
    else if (file.name.endsWith(".json")) given.statement = bytes;
    else strange.push(file.name);
  }
  await check();
}

/** @param {string} name @returns {HTMLElement} */
const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));

async function check() {
  root.dataset.ready = "";
  part("insecure").hidden = globalThis.crypto?.subtle !== undefined;
  for (const name of ["good", "alone", "bad", "steps"]) part(name).hidden = true;
  show(null);
  part("strange").hidden = strange.length === 0;
  /** @type {HTMLElement} */ (part("strange").querySelector("bdi")).textContent = strange.join(", ");
  part("lone").hidden = strange.length > 0 || given.proof !== null || given.statement === null;
  if (strange.length) { root.dataset.ready = "fails"; return; }
  if (!given.proof || !globalThis.crypto?.subtle) return;
  const result = await verify({ proof: given.proof, statement: given.statement, policy: policy.value, statementKeys: [...known, ...given.keys] });
  const list = part("steps");
  list.hidden = false;
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-step]"))) {
    const found = result.steps.find((one) => one.step === line.dataset.step);
    line.hidden = !found && line.dataset.step === "policy";
    line.dataset.state = found?.state ?? "none";
    const told = /** @type {HTMLElement} */ (line.querySelector("[data-told]"));
    told.textContent = found ? (list.dataset[found.state] ?? "") : (list.dataset.open ?? "");
    /** @type {HTMLElement} */ (line.querySelector("[data-detail]")).textContent = found?.detail ?? "";
  }
  part("good").hidden = !result.holds || given.statement === null;
  part("alone").hidden = !result.holds || given.statement !== null;
  part("bad").hidden = result.holds;
  show(result.statement);
  root.dataset.ready = result.holds ? "holds" : "fails";
}

/** Shows what the statement says, as text and never as anything else. @param {any} statement */
function show(statement) {
  const said = part("said"), list = /** @type {HTMLElement} */ (said.querySelector("dl"));
  said.hidden = !statement;
  list.replaceChildren();
  if (!statement) return;
  const { fields, ...content } = statement.content ?? {};
  const rows = { kind: statement.kind, author: statement.author, filed_at: statement.filed_at, ...content, ...fields };
  for (const [name, value] of Object.entries(rows)) {
    const term = document.createElement("dt"), told = document.createElement("dd"), text = document.createElement("bdi");
    term.textContent = name;
    term.dir = "ltr";
    text.textContent = typeof value === "string" ? value : JSON.stringify(value);
    told.append(text);
    list.append(term, told);
  }
}

const input = /** @type {HTMLInputElement} */ (root.querySelector("input[type=file]"));
const drop = part("drop");
input.addEventListener("change", () => take(input.files ?? []));
policy.addEventListener("input", check);
for (const [event, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  drop.addEventListener(/** @type {string} */ (event), (one) => {
    one.preventDefault();
    drop.classList.toggle("over", /** @type {boolean} */ (over));
    if (one.type === "drop") take(/** @type {DragEvent} */ (one).dataTransfer?.files ?? []);
  });
}
if (root.dataset.entry) {
  for (const [name, slot] of [["statement.tlog-proof", "proof"], ["statement.json", "statement"]]) {
    const answer = await fetch(root.dataset.entry + name);
    if (answer.ok) given[/** @type {"proof"|"statement"} */ (slot)] = new Uint8Array(await answer.arrayBuffer());
  }
}
root.hidden = false;
await check();
