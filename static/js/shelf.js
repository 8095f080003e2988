// Rows far above the reader leave the page and lie here as text, so that a list walked for hours stays as light as a short one.
// They come back, with what changed meanwhile, when somebody walks or scrolls up to them.

const KEPT = 400; // rows in the page
const BACK = 80; // rows that come back at once

const shelf = []; // {id, html}, from the top of the list down

const rowsIn = (list) => [...list.querySelectorAll(":scope > [data-row]")];

/** Whether rows lie above the first one of the page. */
export const isShelved = () => shelf.length > 0;

/** Forget them: the list was drawn anew from its top. */
export function clearShelf() { shelf.length = 0; }

/** Keep the page light: rows past KEPT leave at the top, unless somebody looks at them. What is read does not move. */
export function shelve(list) {
  const rows = rowsIn(list);
  const spare = rows.slice(0, Math.max(0, rows.length - KEPT));
  if (!spare.length || list.scrollTop < spare.length * 40 || spare.some((row) => row.contains(document.activeElement))) return;
  const fromEnd = list.scrollHeight - list.scrollTop;
  for (const row of spare) {
    shelf.push({ id: row.dataset.row, html: row.outerHTML });
    row.remove();
  }
  list.scrollTop = list.scrollHeight - fromEnd;
}

/** Bring the nearest rows back. Returns whether there were any. */
export function unshelve(list) {
  if (!shelf.length) return false;
  const fromEnd = list.scrollHeight - list.scrollTop;
  const back = document.createElement("template");
  back.innerHTML = shelf.splice(-BACK).map((row) => row.html).join("");
  const rows = [...back.content.children];
  list.prepend(...rows);
  for (const row of rows) window.htmx?.process(row);
  list.scrollTop = list.scrollHeight - fromEnd;
  return true;
}

/** A row on the shelf changed or left its list. Returns whether it lies there. */
export function mendShelved(id, fresh) {
  const place = shelf.findIndex((row) => row.id === id);
  if (place < 0) return false;
  if (fresh) shelf[place].html = fresh.outerHTML;
  else shelf.splice(place, 1);
  return true;
}
