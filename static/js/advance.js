// Where to go once a conversation is done with: to the next one, to the list, or nowhere. Each person chooses under “Me”.

function next(id) {
  const rows = [...document.querySelectorAll("#rows > [data-row]")];
  const here = rows.findIndex((row) => row.dataset.row === id);
  return rows.slice(here + 1).find((row) => !("gone" in row.dataset)) ?? rows.slice(0, Math.max(here, 0)).findLast((row) => !("gone" in row.dataset));
}

function go(id) {
  const wanted = document.getElementById("inbox")?.dataset.advance;
  if (wanted !== "next" && wanted !== "list") return;
  // Somebody who went elsewhere meanwhile stays there.
  if (document.getElementById("thread")?.dataset.conversation !== id) return;
  const row = wanted === "next" ? next(id) : null;
  if (row) { row.click(); row.focus({ preventScroll: true }); } else document.querySelector(".thread-back")?.click();
}

export function startAdvance() {
  document.addEventListener("rabta:done", (event) => go(event.detail));
}
