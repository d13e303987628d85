// Which columns of a table are shown: chosen in a menu, kept on this device.

const NAME = "groundtruce.columns";

/** @returns {Set<number>} */
function kept() {
  try { return new Set(JSON.parse(localStorage.getItem(NAME) ?? "[]")); } catch { return new Set(); }
}

function begin() {
  const table = /** @type {HTMLTableElement|null} */ (document.querySelector("table[data-columns]"));
  const menu = /** @type {HTMLElement|null} */ (document.querySelector("[data-part='columns']"));
  if (!table || !menu) return;
  const hidden = kept();
  const show = () => {
    for (const row of table.rows) for (const [at, cell] of [...row.cells].entries()) cell.hidden = hidden.has(at);
    try { localStorage.setItem(NAME, JSON.stringify([...hidden])); } catch { /* for this page only */ }
  };
  const lines = [...table.querySelectorAll("thead th")].flatMap((head, at) => {
    if (!head.hasAttribute("data-column")) return [];
    const line = document.createElement("li"), label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(at);
    box.addEventListener("change", () => { if (box.checked) hidden.delete(at); else hidden.add(at); show(); });
    label.append(box, ` ${head.textContent}`);
    line.append(label);
    return [line];
  });
  menu.querySelector("ul")?.replaceChildren(...lines);
  menu.hidden = false;
  show();
}

document.addEventListener("htmx:after:swap", begin);
begin();
