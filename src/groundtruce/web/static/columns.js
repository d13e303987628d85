// Which columns of a table are shown: chosen in a menu, kept on this device.

const table = /** @type {HTMLTableElement|null} */ (document.querySelector("table[data-columns]"));
const menu = /** @type {HTMLElement|null} */ (document.querySelector("[data-part='columns']"));

if (table && menu) {
  const name = `groundtruce.columns.${table.dataset.columns}`;
  const heads = /** @type {HTMLTableCellElement[]} */ ([...table.querySelectorAll("thead th")]);
  /** @type {Set<number>} */ let hidden = new Set();
  try { hidden = new Set(JSON.parse(localStorage.getItem(name) ?? "[]")); } catch { /* shown, then */ }
  const list = /** @type {HTMLElement} */ (menu.querySelector("ul"));
  const show = () => {
    for (const row of table.rows) for (const [at, cell] of [...row.cells].entries()) cell.hidden = hidden.has(at);
    try { localStorage.setItem(name, JSON.stringify([...hidden])); } catch { /* for this page only */ }
  };
  for (const [at, head] of heads.entries()) {
    if (!head.hasAttribute("data-column")) continue;
    const line = document.createElement("li"), label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(at);
    box.addEventListener("change", () => { if (box.checked) hidden.delete(at); else hidden.add(at); show(); });
    label.append(box, ` ${head.textContent}`);
    line.append(label);
    list.append(line);
  }
  menu.hidden = false;
  show();
}
