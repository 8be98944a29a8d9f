// The texts beside the floor. What comes from the run is put in as text, never as markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, css, text) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (text !== undefined) element.textContent = text;
  return element;
}

export class Words {
  constructor(facts) {
    this.start = Date.parse(facts.start + "Z"); // the clock of the hall, whatever the browser's zone
    this.incidents = facts.incidents;
    this.numbers = new Map(); // of incidents on this page, by the events that began them
  }

  clock(time) {
    return new Date(this.start + 1000 * time).toISOString().slice(11, 19);
  }

  kind(kind) {
    return this.incidents[kind] ?? String(kind).replaceAll("_", " ");
  }

  event(event) {
    const who = event.actor && event.kind !== "order_late" ? `${event.actor} ` : "";
    const where = event.place ? `, ${event.place}` : "";
    const number = this.numbers.get(event.incident);
    const of = number ? ` (incident ${number})` : "";
    const amount = event.value !== null && /near_miss|contact/.test(event.kind) ? ` at ${event.value.toFixed(2)} m` : "";
    const texts = {
      incident_detected: `seen: ${this.kind(event.note)}`,
      map_updated: `map updated${of}`,
      routes_accepted: `new ways accepted${of}`,
      incident_cleared: `floor free again${of}`,
      near_miss: `near miss${event.other ? ` with ${event.other}` : ""}${amount}`,
      contact: `touched ${event.other ?? "something"}`,
      vehicle_stopped: `stands${event.note ? `: ${this.kind(event.note)}` : ""}`,
      order_late: `${event.order_id ?? "an order"} is late`,
    };
    return who + (texts[event.kind] ?? event.kind.replaceAll("_", " ")) + where;
  }
}

const TILES = [
  ["Throughput", (f) => `${f.throughput.toFixed(0)}/h`, (f) => `orders, last ${Math.round(f.window / 60)} min`],
  ["On time", (f) => (f.on_time === null ? "–" : `${(100 * f.on_time).toFixed(1)} %`), (f) => `${f.late} late`],
  ["Orders", (f) => String(f.delivered), (f) => `done; ${f.orders - f.delivered} open, ${f.waiting} wait`],
  ["AMRs with an order", (f) => (f.utilisation === null ? "–" : `${(100 * f.utilisation).toFixed(0)} %`), () => "mean since the start"],
  ["Near misses", (f) => String(f.near_misses), () => "since the start"],
  ["Contacts", (f) => String(f.contacts), () => "since the start"],
];

export function showFigures(figures) {
  const tiles = TILES.map(([label, value, below]) => {
    const tile = make("div", "tile");
    tile.append(make("h3", "", label), make("p", "value", value(figures)), make("p", "soft", below(figures)));
    if (label === "Contacts" && figures.contacts) tile.classList.add("bad");
    if (label === "Throughput") tile.append(spark(figures.curve));
    return tile;
  });
  $("figures").replaceChildren(...tiles);
}

function spark(curve) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const most = Math.max(1, ...curve.map((p) => p[1]));
  const points = curve.map(([, rate], k) => `${(100 * k) / Math.max(curve.length - 1, 1)},${28 - (26 * rate) / most}`);
  line.setAttribute("points", points.join(" "));
  svg.setAttribute("viewBox", "0 0 100 30");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.append(line);
  return svg;
}

function short(seconds) {
  return seconds >= 0.1 ? `${seconds.toFixed(1)} s` : `${(1000 * seconds).toFixed(0)} ms`;
}

export function showIncidents(incidents, words, go) {
  const needsHelp = (one) => one.kind === "person_down" && one.cleared === null;
  const newest = [...incidents].reverse().sort((a, b) => needsHelp(b) - needsHelp(a));
  const rows = newest.slice(0, 12).map((incident) => {
    const row = make("li", incident.cleared === null ? "open" : "");
    const button = make("button", "link", `${words.clock(incident.time)} ${words.kind(incident.kind)}${incident.place ? `, ${incident.place}` : ""}`);
    button.addEventListener("click", () => go(incident.time, incident.at));
    const names = ["seen after", "map", "new ways"];
    const steps = names.flatMap((name, k) => (incident.steps[k] === null ? [] : [`${name} ${short(incident.steps[k])}`]));
    row.append(make("span", "badge", String(incident.number)), button, make("p", "soft", [...steps, incident.cleared === null ? "open" : "over"].join(" · ")));
    return row;
  });
  $("incidents").replaceChildren(...(rows.length ? rows : [make("li", "soft", "None so far.")]));
}

export function showEvents(events, words, go) {
  const rows = [...events].reverse().slice(0, 40).map((event) => {
    const row = make("li", "");
    const button = make("button", "link", words.clock(event.time));
    button.addEventListener("click", () => go(event.time, event.x === null ? null : [event.x, event.y]));
    row.append(button, make("span", "", ` ${words.event(event)}`));
    return row;
  });
  $("events").replaceChildren(...rows);
}

export function showAnswer(answer, words, go) {
  const box = $("answer");
  box.replaceChildren(make("p", "text", answer.text));
  const cited = make("p", "cited");
  if (answer.jump !== null) cited.append(link(`Go to ${words.clock(answer.jump)}`, () => go(answer.jump, null), "jump"));
  for (const event of answer.events.slice(0, 12)) {
    cited.append(link(`${words.clock(event.time)} ${event.kind.replaceAll("_", " ")} #${event.id}`, () => goTo(event, go), "chip"));
  }
  box.append(cited);
}

function link(text, act, css) {
  const button = make("button", css, text);
  button.addEventListener("click", act);
  return button;
}

async function goTo({ id, time }, go) {
  const answer = await fetch(`event/${id}`);
  const event = answer.ok ? await answer.json() : null;
  go(time, event && event.x !== null ? [event.x, event.y] : null);
}

export function showCameras(cameras) {
  const wall = $("wall"), names = Object.keys(cameras);
  $("cameras").hidden = names.length === 0;
  for (const name of names) {
    let tile = wall.querySelector(`[data-name="${CSS.escape(name)}"]`);
    if (!tile) {
      tile = make("figure");
      tile.dataset.name = name;
      tile.append(make("img"), make("figcaption", "", name));
      tile.firstChild.alt = `Picture of ${name}`;
      tile.firstChild.loading = "lazy";
      tile.addEventListener("click", () => enlarge(name));
      wall.append(tile);
    }
    if (tile.dataset.written !== String(cameras[name])) {
      tile.dataset.written = cameras[name];
      tile.firstChild.src = `cameras/${encodeURIComponent(name)}.jpg?${cameras[name]}`;
      if ($("large").open && $("large").dataset.name === name) enlarge(name);
    }
  }
}

function enlarge(name) {
  const dialog = $("large"), tile = $("wall").querySelector(`[data-name="${CSS.escape(name)}"]`);
  dialog.dataset.name = name;
  dialog.querySelector("img").src = tile.firstChild.src;
  dialog.querySelector("p").textContent = name;
  if (!dialog.open) dialog.showModal();
}
