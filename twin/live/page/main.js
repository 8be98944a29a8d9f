// The page of a run: news come in, the clock goes on, the floor is drawn, buttons ask the run for things.

import { Clock } from "./clock.js";
import { Floor } from "./floor.js";
import { $, Words, make, showAnswer, showCameras, showEvents, showFigures, showIncidents } from "./panels.js";

const facts = await (await fetch("floor")).json();
const clock = new Clock(), words = new Words(facts), floor = new Floor($("map"), facts);
const state = { ended: false, paused: false, incidents: [], major: [], events: [], moved: 0 };

$("title").textContent = facts.title;
document.title = `${facts.title}, live`;
for (const kind of facts.wanted) $("kind").append(new Option(words.kind(kind), kind));
$("kind").addEventListener("change", offerPlaces);
offerPlaces();

function offerPlaces() {
  const can = $("kind").value === "closed_dock" ? /station/ : /aisle|lane|crossing/;
  $("place").replaceChildren(...facts.places.filter(({ kind }) => can.test(kind)).map(({ name }) => new Option(name, name)));
}

function go(time, at) {
  clock.jump(time, false);
  floor.marked = at ? { x: at[0], y: at[1], time } : null;
  $("floor").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function hear(news) {
  if (!facts.actors.length && news.until > 0) location.reload(); // it was opened before the floor was written
  if (news.until > clock.until) state.moved = performance.now();
  clock.hear(news.until, news.frames ?? []);
  state.ended = news.ended;
  for (const control of document.querySelectorAll("#pause, #speed, #mishap button")) control.disabled = state.ended;
  state.paused = news.controls.paused;
  $("pause").textContent = state.paused ? "Resume the run" : "Pause the run";
  if (document.activeElement !== $("speed")) choose($("speed"), news.controls.speed);
  const told = state.events.at(-1)?.id ?? 0; // after a lost connection, all comes again
  state.events = [...state.events, ...news.events.filter(({ id }) => id > told)].slice(-300);
  if (news.figures) {
    state.incidents = news.figures.incidents;
    state.major = state.incidents.filter((one) => !one.minor);
    words.numbers = new Map(state.major.map(({ event, number }) => [event, number]));
    showFigures(news.figures);
    showIncidents(state.major, words, go);
    showMarks();
  }
  if (news.events.length || news.figures) showEvents(state.events, words, go);
  if (news.cameras) showCameras(news.cameras);
}

function choose(select, value) {
  if (![...select.options].some((option) => Number(option.value) === value)) select.append(new Option(`${value} ×`, value));
  select.value = String(value);
}

function showMarks() {
  const marks = state.major.map(({ time, number }) => {
    const mark = make("i");
    mark.style.left = `${(100 * time) / Math.max(clock.until, 1)}%`;
    mark.title = `incident ${number}`;
    return mark;
  });
  $("marks").replaceChildren(...marks);
}

function showClock() {
  const mode = !clock.live ? "replay" : state.ended ? "ended" : state.paused ? "paused" : performance.now() - state.moved > 8000 ? "waiting" : "live";
  $("clock").textContent = words.clock(clock.shown);
  $("mode").textContent = mode;
  $("mode").className = `pill ${mode}`;
  $("figures").classList.toggle("past", !clock.live); // they are of now
  $("to-live").hidden = clock.live;
  $("play").textContent = !clock.live && clock.playing ? "❚❚" : "▶";
  $("scrub").max = Math.max(clock.until, 1);
  if (document.activeElement !== $("scrub") || clock.live || clock.playing) $("scrub").value = clock.shown;
  $("camera-note").textContent = clock.live ? "" : "now, not at the time shown";
}

function showSelected() {
  const sample = floor.shown?.get(floor.selected);
  $("selected").hidden = !sample;
  if (!sample) return;
  const parts = [floor.selected, sample.task || "no order", `${sample.speed.toFixed(1)} m/s`];
  if (sample.battery !== null) parts.push(`battery ${(100 * sample.battery).toFixed(0)} %`);
  $("selected").textContent = parts.join(" · ");
}

let last = performance.now();
function draw(now) {
  clock.tick(Math.min((now - last) / 1000, 0.5));
  last = now;
  const open = state.incidents.filter((one) => one.time <= clock.shown && (one.cleared === null || one.cleared > clock.shown));
  floor.draw(clock, open);
  showClock();
  showSelected();
  requestAnimationFrame(draw);
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

$("pause").addEventListener("click", () => post("controls", { paused: !state.paused }));
$("speed").addEventListener("change", () => post("controls", { speed: Number($("speed").value) }));
$("to-live").addEventListener("click", () => clock.goLive());
$("rate").addEventListener("change", () => (clock.rate = Number($("rate").value)));
$("scrub").addEventListener("input", () => clock.jump(Number($("scrub").value), false));
$("play").addEventListener("click", () => {
  if (clock.live) clock.jump(Math.max(clock.until - 60, 0));
  else clock.playing = !clock.playing;
});
$("map").addEventListener("click", (event) => (floor.selected = floor.pick(event.offsetX, event.offsetY)));
$("large").addEventListener("click", () => $("large").close());
$("mishap").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post("controls", { incident: { kind: $("kind").value, place: $("place").value } });
    $("told").textContent = `Asked for: ${words.kind($("kind").value)}, ${$("place").value}.`;
  } catch (error) {
    $("told").textContent = error.message;
  }
});
$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = $("question").value.trim() || $("question").placeholder;
  $("answer").replaceChildren(make("p", "soft", "…"));
  try {
    showAnswer(await post("ask", { question, now: clock.shown }), words, go);
  } catch (error) {
    $("answer").replaceChildren(make("p", "soft", error.message));
  }
});

const news = new EventSource("stream");
news.addEventListener("message", (message) => hear(JSON.parse(message.data)));
news.addEventListener("error", () => ($("mode").textContent = "no connection"));
requestAnimationFrame(draw);
