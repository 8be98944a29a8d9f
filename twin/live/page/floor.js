// The floor from above, on a canvas: places, who moves there, incidents. Lengths are m, north is up.

const ORDER = ["hall", "parking", "lane", "crossing", "aisle", "rack", "dock", "charger", "station"];
const SIZES = { amr: [0.9, 0.6], forklift: [2.4, 1.2], worker: [0.5, 0.5] };
const NAMED = ["aisle", "station", "dock", "charger"];
const TRAIL = 12; // s

export class Floor {
  constructor(canvas, facts) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.places = facts.places;
    this.kinds = new Map(facts.actors);
    this.corners = new Map(facts.places.map((place) => [place.name, place.corners]));
    this.selected = null;
    this.marked = null; // {x, y, time}: where to look
    const all = facts.places.flatMap((place) => place.corners);
    const xs = all.map((p) => p[0]), ys = all.map((p) => p[1]);
    this.low = all.length ? [Math.min(...xs) - 1, Math.min(...ys) - 1] : [-1, -1];
    this.high = all.length ? [Math.max(...xs) + 1, Math.max(...ys) + 1] : [1, 1];
    this.fit();
    new ResizeObserver(() => this.fit()).observe(canvas.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.fit());
  }

  fit() {
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim() || style.getPropertyValue("--aisle").trim();
    const width = this.canvas.parentElement.clientWidth;
    this.scale = width / (this.high[0] - this.low[0]);
    const height = (this.high[1] - this.low[1]) * this.scale;
    const dots = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * dots);
    this.canvas.height = Math.round(height * dots);
    this.canvas.style.height = `${height}px`;
    this.dots = dots;
    this.still = this.drawPlaces();
  }

  at(x, y) {
    return [(x - this.low[0]) * this.scale, (this.high[1] - y) * this.scale];
  }

  drawPlaces() {
    const still = new OffscreenCanvas(Math.max(this.canvas.width, 1), Math.max(this.canvas.height, 1));
    const pen = still.getContext("2d");
    pen.scale(this.dots, this.dots);
    const rank = (place) => (ORDER.includes(place.kind) ? ORDER.indexOf(place.kind) : 4);
    for (const place of [...this.places].sort((a, b) => rank(a) - rank(b))) {
      this.trace(pen, place.corners);
      pen.fillStyle = this.colour(ORDER.includes(place.kind) ? place.kind : "aisle");
      pen.fill();
      if (place.kind === "hall") {
        pen.strokeStyle = this.colour("soft");
        pen.stroke();
      }
      if (NAMED.includes(place.kind)) this.label(pen, place);
    }
    return still;
  }

  // The name of a place in it, if there is room.
  label(pen, { name, corners }) {
    const points = corners.map(([x, y]) => this.at(x, y));
    const [xs, ys] = [0, 1].map((axis) => points.map((p) => p[axis]));
    const wide = Math.max(...xs) - Math.min(...xs), high = Math.max(...ys) - Math.min(...ys);
    pen.font = "10px system-ui";
    if (pen.measureText(name).width + 6 > Math.max(wide, high) || Math.min(wide, high) < 11) return;
    pen.save();
    pen.translate((Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2);
    if (high > wide) pen.rotate(-Math.PI / 2);
    pen.fillStyle = this.colour("soft");
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(name.replaceAll("_", " "), 0, 0);
    pen.restore();
  }

  trace(pen, corners) {
    pen.beginPath();
    for (const [x, y] of corners) pen.lineTo(...this.at(x, y));
    pen.closePath();
  }

  // Everything at the clock's time; `incidents` are those that are open then.
  draw(clock, incidents) {
    const pen = this.pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.still, 0, 0);
    pen.scale(this.dots, this.dots);
    for (const incident of incidents) if (incident.closes) this.drawClosed(incident);
    this.shown = clock.positions();
    for (const [name, kind] of this.kinds) if (kind === "amr") this.drawTrail(clock.trail(name, TRAIL));
    for (const [name, sample] of this.shown) this.drawActor(name, sample);
    for (const incident of incidents) this.drawIncident(incident);
    if (this.marked) this.drawMark(clock.shown);
  }

  drawClosed(incident) {
    const corners = this.corners.get(incident.place);
    if (!corners) return;
    this.trace(this.pen, corners);
    this.pen.fillStyle = this.colour("closed");
    this.pen.fill();
  }

  drawTrail(way) {
    if (way.length < 2) return;
    this.pen.beginPath();
    for (const { x, y } of way) this.pen.lineTo(...this.at(x, y));
    this.pen.strokeStyle = this.colour("trail");
    this.pen.lineWidth = Math.max(1.5, 0.25 * this.scale);
    this.pen.stroke();
  }

  drawActor(name, { x, y, yaw }) {
    const kind = this.kinds.get(name);
    if (!(kind in SIZES)) return;
    const pen = this.pen;
    const [length, width] = SIZES[kind].map((size) => Math.max(size * this.scale, (size > 1 ? 1.4 : 1) * (4 + 0.8 * this.scale)));
    pen.save();
    pen.translate(...this.at(x, y));
    pen.rotate(-yaw);
    pen.fillStyle = this.colour(kind);
    pen.strokeStyle = this.colour("card");
    pen.lineWidth = 1.5;
    pen.beginPath();
    if (kind === "worker") pen.arc(0, 0, length / 2, 0, 2 * Math.PI);
    else { // a box that points ahead
      pen.moveTo(-length / 2, -width / 2);
      pen.lineTo(length / 5, -width / 2);
      pen.lineTo(length / 2, 0);
      pen.lineTo(length / 5, width / 2);
      pen.lineTo(-length / 2, width / 2);
      pen.closePath();
    }
    pen.fill();
    pen.stroke();
    if (name === this.selected) {
      pen.beginPath();
      pen.arc(0, 0, length, 0, 2 * Math.PI);
      pen.strokeStyle = this.colour("ink");
      pen.lineWidth = 2;
      pen.stroke();
    }
    pen.restore();
  }

  drawIncident({ number, minor, at }) {
    if (!at) return;
    const pen = this.pen, [x, y] = this.at(...at);
    if (minor) {
      pen.beginPath();
      pen.arc(x, y, 11, 0, 2 * Math.PI);
      pen.strokeStyle = this.colour("amber");
      pen.lineWidth = 2.5;
      pen.stroke();
      return;
    }
    pen.beginPath();
    pen.arc(x, y, 14 + 4 * Math.sin(performance.now() / 250), 0, 2 * Math.PI);
    pen.strokeStyle = this.colour("red");
    pen.lineWidth = 3;
    pen.stroke();
    pen.beginPath();
    pen.arc(x, y, 10, 0, 2 * Math.PI);
    pen.fillStyle = this.colour("red");
    pen.fill();
    pen.fillStyle = this.colour("card");
    pen.font = "700 12px system-ui";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(String(number), x, y + 0.5);
  }

  drawMark(now) {
    if (Math.abs(now - this.marked.time) > 15) return;
    const [x, y] = this.at(this.marked.x, this.marked.y);
    this.pen.strokeStyle = this.colour("ink");
    this.pen.lineWidth = 2;
    this.pen.setLineDash([5, 4]);
    this.pen.beginPath();
    this.pen.arc(x, y, 24, 0, 2 * Math.PI);
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  // The name of who is nearest to a point of the canvas, if anybody is near.
  pick(x, y) {
    let best = null, least = 16;
    for (const [name, sample] of this.shown ?? []) {
      const [u, v] = this.at(sample.x, sample.y);
      const far = Math.hypot(u - x, v - y);
      if (far < least) [best, least] = [name, far];
    }
    return best;
  }
}
