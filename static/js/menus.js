// Places native popovers at their button and walks them with the arrow keys. The browser does opening, closing and focus.

function place(menu, button) {
  const gap = 6;
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const rtl = getComputedStyle(button).direction === "rtl";
  let x;
  let y;
  if (menu.dataset.side === "end" && window.innerWidth >= 768) {
    x = rtl ? at.left - size.width - gap : at.right + gap;
    y = at.bottom - size.height;
  } else {
    x = rtl ? at.right - size.width : at.left;
    if (menu.dataset.align === "end") x = rtl ? at.left : at.right - size.width;
    y = at.bottom + gap;
    if (y + size.height > window.innerHeight - 8 && at.top - gap - size.height > 8) y = at.top - gap - size.height;
  }
  menu.style.left = `${Math.max(8, Math.min(x, window.innerWidth - size.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, window.innerHeight - size.height - 8))}px`;
}

const items = (menu) => [...menu.querySelectorAll("a[href], button:not(:disabled), input, summary")].filter((el) => el.checkVisibility());

let opener = null;

export function startMenus() {
  // Several buttons may open one menu: it stands at the one that was pressed.
  document.addEventListener("click", (event) => { opener = event.target.closest("[popovertarget]") ?? opener; }, true);
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const button = opener?.getAttribute("popovertarget") === menu.id && opener.isConnected ? opener : document.querySelector(`[popovertarget="${menu.id}"]`);
    button?.setAttribute("aria-expanded", String(event.newState === "open"));
    // A closed menu keeps no style: htmx copies attributes between elements of one id, and the policy refuses that one.
    if (event.newState !== "open") { menu.removeAttribute("style"); return; }
    if (!button) return;
    place(menu, button);
    (menu.querySelector("[autofocus]") ?? items(menu)[0])?.focus({ preventScroll: true });
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu[popover]");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    if (event.target.matches("input[type=search], input[type=text]") && ["Home", "End"].includes(event.key)) return;
    const all = items(menu);
    const now = all.indexOf(document.activeElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
    all[(next + all.length) % all.length]?.focus();
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const inside = event.target.closest(".menu[popover] :is(a, button)");
    if (inside && !inside.hasAttribute("data-stay")) inside.closest(".menu").hidePopover();
  });
  // A menu that stays open while its page moves would point at nothing.
  window.addEventListener("resize", () => document.querySelectorAll(".menu:popover-open").forEach((menu) => menu.hidePopover()));
}
