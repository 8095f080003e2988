// The entry: everything a page needs, once. Each module wires itself to the document, so that fragments work without re-wiring.
import { startToasts } from "./toasts.js";
import { startMenus } from "./menus.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startTimes } from "./times.js";
import { startInbox } from "./inbox.js";
import { startPublish } from "./publish.js";
import { startRinging } from "./ringing.js";
import { startSearch } from "./search.js";
import { startSheet } from "./sheet.js";
import { startTickets } from "./tickets.js";
import { startLive } from "./live.js";

startToasts();
startForms();
startMenus();
startKeys();
startTimes();
startInbox();
startPublish();
startRinging();
startSearch();
startSheet();
startTickets();
startLive();
document.documentElement.dataset.ready = "";
