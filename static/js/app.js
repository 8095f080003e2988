// The entry: everything a page needs, once. Each module wires itself to the document, so that fragments work without re-wiring.
import { startToasts } from "./toasts.js";
import { startMenus } from "./menus.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startTimes } from "./times.js";
import { startInbox } from "./inbox.js";
import { startAdvance } from "./advance.js";
import { startChain } from "./chain.js";
import { startLater } from "./later.js";
import { startPublish } from "./publish.js";
import { startRinging } from "./ringing.js";
import { startSearch } from "./search.js";
import { startLive } from "./live.js";

startToasts();
startForms();
startMenus();
startKeys();
startTimes();
startInbox();
startAdvance();
startLater();
startChain();
startPublish();
startRinging();
startSearch();
startLive();
document.documentElement.dataset.ready = "";
