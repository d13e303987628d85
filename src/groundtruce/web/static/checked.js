// Whether a page says what the record says: the entry of each report is fetched with its proof, verified here,
// and compared, field by field, with what stands on the page.

import { verify } from "./proof.js";

const outcome = /** @type {HTMLElement} */ (document.querySelector("[data-outcome]"));
const button = document.querySelector("[data-check-all]");
const keys = (outcome?.dataset.keys ?? "").split(" ").filter(Boolean).map((one) => Uint8Array.from(one.match(/../g) ?? [], (two) => parseInt(two, 16)));

/** @param {string} sentence @param {string[]} names */
const filled = (sentence, names) => sentence.replace("{names}", names.join(", "));

/** Compares two spellings of a value: instants and numbers by what they mean. @param {string} shown @param {string} said */
function isSame(shown, said) {
  if (shown === said) return true;
  if (/^\d{4}-\d\d-\d\dT/.test(said)) return Date.parse(shown) === Date.parse(said);
  return said !== "" && shown !== "" && Number(shown) === Number(said);
}

/** Fetches a file; null where it cannot be had now. @param {string} address */
async function bytes(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch { return null; }
}

/** Checks one report; returns good, bad or open. @param {HTMLElement} report */
async function check(report) {
  const told = /** @type {HTMLElement} */ (report.querySelector("[data-checked]"));
  told.textContent = "";
  told.classList.remove("warn", "good");
  for (const one of report.querySelectorAll("[data-field].warn")) one.classList.remove("warn");
  const [proof, statement] = await Promise.all([bytes(`${report.dataset.entry}statement.tlog-proof`), bytes(`${report.dataset.entry}statement.json`)]);
  if (!proof || !statement) { told.textContent = outcome.dataset.oneLost ?? ""; return "open"; }
  const result = await verify({ proof, statement, policy: outcome.dataset.policy ?? "", statementKeys: keys });
  if (!result.holds) { told.textContent = outcome.dataset.oneFailed ?? ""; return "bad"; }
  const fields = result.statement.content?.fields;
  if (!fields) { told.textContent = outcome.dataset.oneOpen ?? ""; return "open"; }
  const withheld = Boolean(result.statement.content.withheld?.length);
  const other = [];
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (report.querySelectorAll("[data-field]"))) {
    const name = one.dataset.field ?? "", shown = one.dataset.value ?? "";
    const said = name in fields ? String(fields[name]) : "";
    if (!(withheld && said === "") && !isSame(shown, said)) { other.push(name); one.classList.add("warn"); }
  }
  const names = result.cosigners.map((one) => one.name.replaceAll("_", " "));
  told.textContent = other.length ? filled(outcome.dataset.oneBad ?? "", other) : filled(outcome.dataset.oneGood ?? "", names);
  told.classList.add(other.length ? "warn" : "good");
  return other.length ? "bad" : "good";
}

async function checkAll() {
  outcome.hidden = false;
  outcome.textContent = "";
  outcome.classList.remove("verified");
  delete outcome.dataset.state;
  if (!globalThis.crypto?.subtle) { outcome.textContent = outcome.dataset.insecure ?? ""; return; }
  const found = new Set();
  for (const report of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-report][data-entry]"))) found.add(await check(report));
  if (document.querySelector("[data-report]:not([data-entry])")) found.add("open");
  const state = found.has("bad") ? "bad" : !found.has("good") ? "none" : found.has("open") ? "part" : "good";
  outcome.textContent = outcome.dataset[state] ?? "";
  outcome.classList.toggle("verified", state === "good");
  outcome.dataset.state = state;
}

if (button && outcome) {
  /** @type {HTMLElement} */ (document.querySelector("[data-check]")).hidden = false;
  button.addEventListener("click", checkAll);
}
