// The time that the page shows: just behind the run, or anywhere in its past. Times are s since the start.

const KEEP = 120;

export class Clock {
  constructor() {
    this.until = 0; // of the run
    this.shown = 0;
    this.live = true;
    this.playing = true; // in the past
    this.rate = 4; // in the past, s per s
    this.frames = []; // [time, {actor: sample}] in the order of time
    this.pace = 1; // of the run, s per s
    this.lag = 1; // between frames
    this.heard = null;
    this.asking = false;
  }

  // News of the run: how far it is, and where everybody was since the last news.
  hear(until, frames) {
    const now = performance.now() / 1000;
    if (this.heard !== null && until > this.until) {
      const took = now - this.heard;
      this.lag += 0.3 * (until - this.until - this.lag);
      this.pace += 0.3 * (Math.min((until - this.until) / Math.max(took, 0.05), 200) - this.pace);
    }
    if (until > this.until || this.heard === null) this.heard = now;
    this.until = until;
    if (this.live) this.keep(frames);
  }

  keep(frames) {
    for (const [time, rows] of frames) {
      if (this.frames.length && time <= this.frames.at(-1)[0]) continue;
      const samples = new Map(rows.map(([name, x, y, yaw, speed, battery, task]) =>
        [name, { x, y, yaw, speed, battery, task }]));
      this.frames.push([time, samples]);
    }
    while (this.frames.length && this.frames[0][0] < this.shown - KEEP) this.frames.shift();
  }

  // `passed` s have passed; true if the time shown has changed.
  tick(passed) {
    const before = this.shown;
    if (this.live) {
      const goal = Math.max(this.until - this.lag, 0);
      this.shown += passed * this.pace;
      this.shown += (goal - this.shown) * Math.min(1, passed * 2);
      if (Math.abs(goal - this.shown) > 4 * this.lag + 2) this.shown = goal;
      this.shown = Math.min(Math.max(this.shown, before), this.until);
    } else if (this.playing) {
      this.shown = Math.min(this.shown + passed * this.rate, this.until);
      if (this.shown >= this.until) this.goLive();
    }
    if (!this.live) this.load();
    return this.shown !== before;
  }

  goLive() {
    this.live = true;
    this.frames = [];
    this.shown = this.until;
    this.fetch(this.until - 30, this.until);
  }

  jump(time, playing = true) {
    this.live = false;
    this.playing = playing;
    this.shown = Math.min(Math.max(time, 0), this.until);
    this.frames = [];
    this.load();
  }

  // In the past, have the next seconds at hand, and some before for the trails.
  load() {
    const last = this.frames.length ? this.frames.at(-1)[0] : this.shown - 20;
    if (!this.asking && last < Math.min(this.shown + 4 * this.rate, this.until) - 1e-6) {
      this.fetch(last, last + 20 + 8 * this.rate > last + 60 ? last + 60 : last + 20 + 8 * this.rate);
    }
  }

  async fetch(begin, end) {
    const kept = this.frames;
    this.asking = true;
    try {
      const answer = await fetch(`frames?from=${begin}&to=${end}`);
      if (answer.ok && kept === this.frames) this.keep(await answer.json());
    } finally {
      this.asking = false;
    }
  }

  // Where everybody is: {name: {x, y, yaw, ...}} between the frames around the time shown.
  positions() {
    const frames = this.frames;
    let k = frames.length - 1;
    while (k > 0 && frames[k][0] > this.shown) k--;
    if (k < 0) return new Map();
    const [time, now] = frames[k];
    const next = frames[k + 1];
    if (!next || next[0] - time > 10 || this.shown <= time) return now;
    const share = (this.shown - time) / (next[0] - time);
    const found = new Map();
    for (const [name, a] of now) {
      const b = next[1].get(name);
      found.set(name, b ? between(a, b, share) : a);
    }
    return found;
  }

  // Where somebody was in the last `seconds`, the oldest first.
  trail(name, seconds) {
    const way = [];
    for (const [time, samples] of this.frames) {
      if (time > this.shown) break;
      if (time >= this.shown - seconds && samples.has(name)) way.push(samples.get(name));
    }
    return way;
  }
}

function between(a, b, share) {
  const turn = Math.atan2(Math.sin(b.yaw - a.yaw), Math.cos(b.yaw - a.yaw));
  return {
    ...a,
    x: a.x + share * (b.x - a.x),
    y: a.y + share * (b.y - a.y),
    yaw: a.yaw + share * turn,
  };
}
