// The entry: everything a page needs, once. Each module wires itself to the document, so that fragments work without re-wiring.
import { startToasts } from "./toasts.js";
import { startMenus } from "./menus.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startKeyPage } from "./keypage.js";
import { startTimes } from "./times.js";
import { startInbox } from "./inbox.js";
import { startPalette } from "./palette.js";
import { startPublish } from "./publish.js";
import { startRinging } from "./ringing.js";
import { startSearch } from "./search.js";
import { startLive } from "./live.js";
import { startWalking } from "./walking.js";

startToasts();
startForms();
startMenus();
startKeys();
startKeyPage();
startWalking();
startTimes();
startInbox();
startPalette();
startPublish();
startRinging();
startSearch();
startLive();
document.documentElement.dataset.ready = "";
