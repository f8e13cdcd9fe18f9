/** Start the page: the address says who looks at what (`#U0MAUD/C0PAIEMENTS`), the server says what there is. */

import { get, post } from "./api.js";
import { setUpBank } from "./bank.js";
import { setUpComposer } from "./composer.js";
import { Feed } from "./feed.js";
import { Home } from "./home.js";
import { Modals } from "./modals.js";
import { directName, drawSidebar } from "./sidebar.js";
import { Store } from "./store.js";

const HOME = "home";
const byId = (id) => document.getElementById(id);

const store = new Store();
const feed = new Feed(store, byId("feed"), byId("scroll"));
feed.onNew = () => {
  if (document.body.dataset.pane !== "main") document.querySelector("[data-pane-target=main]").classList.add("dot");
};
const home = new Home(store, byId("feed"));
const modals = new Modals(store, byId("modal"));
const redrawHints = setUpComposer(store);

function address() {
  const [user, place] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { user, place };
}

/** Change the address; the rest follows from it. */
function go(user, place) {
  const hash = `#${user}/${place}`;
  if (location.hash !== hash) location.hash = hash;
  else pane("main");
}

async function follow() {
  const { user, place } = address();
  if (!user || !place) return;
  const isNew = user !== store.me || place !== store.place;
  const cameFromElsewhere = document.body.dataset.pane !== "main";
  pane("main");
  if (cameFromElsewhere) byId("conversation").focus();
  if (user === store.me) store.look(place);
  if (isNew && place === HOME) await post("/ui/home", { user });
  await store.become(user, place);
}

function draw() {
  const { channels, home: view } = store.data;
  const channel = channels.find((item) => item.id === store.place);
  if (!channel && store.place !== HOME) {
    // The other person is not in this conversation: show their first one.
    go(store.me, channels[0]?.id ?? HOME);
    return;
  }
  drawSidebar(store, go);
  heading(channel);
  if (channel) {
    home.clear();
    feed.show(channel, byId("inspect").checked);
    markRead(channel);
  } else {
    if (feed.key) feed.clear();
    home.show(view, byId("inspect").checked);
  }
  byId("composer").hidden = !channel;
  modals.show(store.data.modals);
  redrawHints();
}

function heading(channel) {
  const title = channel ? (channel.is_im ? directName(store, channel) : `# ${channel.name}`) : "Accueil";
  byId("place-title").textContent = title;
  byId("place-about").textContent = `Vu par ${store.people.user(store.me)}`;
  document.title = `${title} · Aperçu de démonstration`;
  const unread = store.data.channels.some((item) => item.unread && item.id !== store.place);
  document.querySelector("[data-pane-target=sidebar]").classList.toggle("dot", unread);
}

function markRead(channel) {
  if (channel.unread && document.visibilityState === "visible") {
    post("/ui/read", { user: store.me, channel: channel.id }).then(() => store.refresh());
  }
}

/** On a phone one of the three columns is shown at a time. */
function pane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll("[data-pane-target]")) {
    const isShown = button.dataset.paneTarget === name;
    button.setAttribute("aria-pressed", String(isShown));
    if (isShown && name === "main") button.classList.remove("dot");
  }
}

async function start() {
  store.addEventListener("change", () => store.data && draw());
  store.addEventListener("offline", ({ detail }) => { byId("offline").hidden = !detail; });
  byId("inspect").addEventListener("change", draw);
  for (const button of document.querySelectorAll("[data-pane-target]")) {
    button.addEventListener("click", () => pane(button.dataset.paneTarget));
  }
  window.addEventListener("hashchange", follow);
  pane("main");
  const settings = await get("/sandbox/start");
  store.firstPlace = settings.place;
  store.people.groups = settings.usergroups ?? [];
  setUpBank(byId("bank"), settings, store);
  if (address().place) await follow();
  else go(settings.user, settings.place);
}

start();
