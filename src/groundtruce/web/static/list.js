// The list of incidents, swapped in place: what else the page says follows it, and what fails is shown as a page.

import { follow } from "./elsewhere.js";

document.addEventListener("htmx:after:swap", () => {
  // what was typed and not sent is no part of the list
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("#list form"))) form.reset();
  follow(location.search);
});

for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, (event) => {
    const source = /** @type {any} */ (event).detail?.ctx?.sourceElement;
    if (source instanceof HTMLAnchorElement) location.assign(source.href);
    else if (source instanceof HTMLFormElement) source.submit();
  });
}
