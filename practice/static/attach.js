// A picture for a post or a message: chosen, pasted, sent to the square at once, and shown until it is used.

import { attempt, call, el, icon, toast } from "./dom.js";
import { myself, state } from "./main.js";

const MOST = 4;
const PICTURED = ["x", "mastodon", "bluesky"];

/** What stands under a post or message: pictures, and films with their own controls. */
export function shown(files) {
  return files.map((file) => (file.mime.startsWith("video/") ? el("video", { src: `/media/${file.id}`, controls: true, preload: "none", "aria-label": file.alt || "Film" }) : el("img", { src: `/media/${file.id}`, alt: file.alt || "Attached picture", loading: "lazy" })));
}

function read(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(String(reader.result).split(",", 2)[1] ?? ""));
    reader.addEventListener("error", failed);
    reader.readAsDataURL(file);
  });
}

/** Give a form a button for pictures. Returns what is chosen: `ids` to send along, `clear` to begin anew. */
export function pictures(form, place, most = MOST) {
  let files = [];
  const list = el("div", { className: "chosen", hidden: true });
  const input = el("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp,video/mp4", multiple: most > 1, hidden: true });
  const button = el("button", { type: "button", className: "tool", title: "Add a picture", "aria-label": "Add a picture", on: { click: () => input.click() } }, icon("picture"));
  place.prepend(button, input);
  place.before(list);

  function draw() {
    list.hidden = files.length === 0;
    list.replaceChildren(
      ...files.map((file) =>
        el("figure", {}, ...shown([file]), el("button", { type: "button", className: "ghost", "aria-label": "Take the picture out", on: { click: () => ((files = files.filter((other) => other !== file)), draw()) } }, icon("close")))
      )
    );
  }

  async function take(chosen) {
    if (!myself()) return toast("Choose a person to play first.", true);
    if (!PICTURED.includes(myself().network)) return toast("Pictures are played on X, Mastodon and Bluesky only.", true);
    for (const file of [...chosen].slice(0, most - files.length)) {
      const made = await attempt(async () => call("POST", "/uploads", { by: state.me, data: await read(file) }));
      if (made) files.push(made);
    }
    draw();
    return undefined;
  }

  input.addEventListener("change", () => take(input.files).then(() => (input.value = "")));
  form.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  return {
    ids: () => files.map((file) => file.id),
    clear: () => ((files = []), draw()),
  };
}
