// The list of incidents, swapped in place: what else the page says follows it, and what fails is shown as a page.

/** Lets the links to the same list in another language, or of the present state, lead to what is shown now. */
function follow() {
  const now = new URLSearchParams(location.search);
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a, a[data-present]"))) {
    const there = new URL(link.href), query = new URLSearchParams(now);
    if (link.hasAttribute("data-present")) query.delete("as_of");
    else query.set("lang", there.searchParams.get("lang") ?? "");
    there.search = query.toString();
    link.href = there.href;
  }
}

document.addEventListener("htmx:after:swap", () => {
  // what was typed and not sent is no part of the list
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("#list form"))) form.reset();
  follow();
});

for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, (event) => {
    const source = /** @type {any} */ (event).detail?.ctx?.sourceElement;
    if (source instanceof HTMLAnchorElement) location.assign(source.href);
    else if (source instanceof HTMLFormElement) source.submit();
  });
}
