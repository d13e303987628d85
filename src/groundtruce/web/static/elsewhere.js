// The links to the same state in another language, or of the present record state, which follow what a script changed.

/** @param {string} query what the address asks for now @param {string} [hash] */
export function follow(query, hash = "") {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a, a[data-present]"))) {
    const there = new URL(link.href), same = new URLSearchParams(query);
    if (link.hasAttribute("data-present")) same.delete("as_of");
    else same.set("lang", there.searchParams.get("lang") ?? "");
    there.search = same.toString();
    there.hash = hash;
    link.href = there.href;
  }
}
