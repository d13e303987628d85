// The period that a page looks at: two sliders, a drawing to drag over, steps, and play.
//
// - The drawing and its bars come from the server; here they get a window, in whole steps of a day, a week or a month.
// - Everything that can be dragged has a slider, a button or a key beside it.
// - Play moves the window on when what listens has finished showing it, so that a slow device is not overrun.

const DAY_MS = 86_400_000;
const BEAT_MS = 900, CALM_BEAT_MS = 2_000;

/** @param {string} day @returns {number} */
export const dayNumber = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** @param {number} number @returns {string} */
export const isoDay = (number) => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** @typedef {{from: number, to: number}} Window both days included, numbered from 1970 */

export class Timeline {
  /**
   * @param {HTMLElement} root the section that the server wrote
   * @param {(shown: Window) => Promise<void>} show resolves when the window is on screen
   */
  constructor(root, show) {
    this.root = root;
    this.show = show;
    this.first = dayNumber(root.dataset.first ?? "");
    this.last = dayNumber(root.dataset.last ?? "");
    this.stride = Number(root.dataset.stride);
    const given = { from: root.dataset.from, to: root.dataset.to };
    this.window = this.#within({
      from: given.from ? dayNumber(given.from) : this.first,
      to: given.to ? dayNumber(given.to) : this.last,
    });
    this.playing = false;
    this.run = 0;
    this.format = new Intl.DateTimeFormat(root.dataset.locale, { dateStyle: "long", timeZone: "UTC" });
    this.#find();
    this.#listen();
    this.#paint();
    for (const hidden of root.querySelectorAll("[data-live]")) hidden.removeAttribute("hidden");
  }

  /** Whether all of time is in the window. */
  get isWhole() {
    return this.window.from === this.first && this.window.to === this.last;
  }

  /** Moves the window by whole steps, as wide as it is; what is all of time becomes its first step, or its last. @param {number} steps */
  async step(steps) {
    const wide = this.isWhole ? this.stride : this.window.to - this.window.from + 1;
    const next = this.isWhole ? (steps > 0 ? this.first : this.last) : this.window.from + steps * this.stride;
    const from = Math.max(Math.min(next, this.last - wide + 1), this.first);
    await this.set({ from, to: from + wide - 1 });
  }

  /** @param {Window} wanted */
  async set(wanted) {
    const next = this.#within(wanted);
    if (next.from === this.window.from && next.to === this.window.to) return;
    this.window = next;
    this.#paint();
    await this.show(next);
  }

  /** Plays from here on, or pauses. */
  async toggle() {
    this.playing = !this.playing;
    this.#paint();
    if (this.playing && this.window.to >= this.last && !this.isWhole) {
      await this.set({ from: this.first, to: this.first + this.window.to - this.window.from });
    }
    const beat = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_BEAT_MS : BEAT_MS;
    const run = ++this.run;
    while (this.playing && this.run === run) {
      const wait = new Promise((done) => setTimeout(done, beat));
      await this.step(1);
      await wait;
      if (this.run === run && this.window.to >= this.last) this.pause();
    }
  }

  pause() {
    this.playing = false;
    this.#paint();
  }

  #find() {
    const one = (/** @type {string} */ role) => /** @type {HTMLElement} */ (this.root.querySelector(`[data-role="${role}"]`));
    this.chart = one("chart");
    this.brush = one("brush");
    this.said = one("period");
    this.play = one("play");
    this.low = /** @type {HTMLInputElement} */ (one("from"));
    this.high = /** @type {HTMLInputElement} */ (one("to"));
    for (const slider of [this.low, this.high]) {
      slider.min = String(this.first);
      slider.max = String(this.last);
    }
    this.on = {
      earlier: () => this.step(-1),
      later: () => this.step(1),
      whole: () => this.set({ from: this.first, to: this.last }),
      play: () => this.toggle(),
    };
  }

  #listen() {
    for (const [role, act] of Object.entries(this.on)) {
      this.root.querySelector(`[data-role="${role}"]`)?.addEventListener("click", () => {
        if (role !== "play") this.pause();
        void act();
      });
    }
    this.low.addEventListener("input", () => {
      const from = Number(this.low.value);
      void this.set({ from, to: Math.max(from, this.window.to) });
    });
    this.high.addEventListener("input", () => {
      const to = Number(this.high.value);
      void this.set({ from: Math.min(to, this.window.from), to });
    });
    this.chart.addEventListener("pointerdown", (event) => this.#drag(event));
  }

  /** Takes the days that a pointer is dragged over. @param {PointerEvent} event */
  #drag(event) {
    if (event.button !== 0) return;
    this.pause();
    const start = this.#day(event.clientX);
    this.chart.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ at) => {
      const here = this.#day(at.clientX);
      const [from, to] = start < here ? [start, here] : [here, start];
      void this.set({ from, to: to + this.stride - 1 });
    };
    move(event);
    this.chart.addEventListener("pointermove", move);
    const stop = () => this.chart.removeEventListener("pointermove", move);
    this.chart.addEventListener("pointerup", stop, { once: true });
    this.chart.addEventListener("pointercancel", stop, { once: true });
  }

  /** The first day of the step under a point of the screen; time runs from left to right in every script. @param {number} x */
  #day(x) {
    const box = this.chart.getBoundingClientRect();
    const share = Math.min(Math.max((x - box.left) / box.width, 0), 0.999999);
    const day = Math.floor(share * (this.last - this.first + 1));
    return this.first + Math.floor(day / this.stride) * this.stride;
  }

  /** @param {Window} wanted @returns {Window} */
  #within({ from, to }) {
    const low = Math.min(Math.max(from, this.first), this.last);
    return { from: low, to: Math.max(Math.min(to, this.last), low) };
  }

  #paint() {
    const days = this.last - this.first + 1;
    this.root.classList.toggle("whole", this.isWhole);
    this.brush.style.left = `${(100 * (this.window.from - this.first)) / days}%`;
    this.brush.style.right = `${(100 * (this.last - this.window.to)) / days}%`;
    const [from, to] = [this.window.from, this.window.to].map((day) => this.format.format(day * DAY_MS));
    this.low.value = String(this.window.from);
    this.high.value = String(this.window.to);
    this.low.setAttribute("aria-valuetext", from);
    this.high.setAttribute("aria-valuetext", to);
    this.said.textContent = from === to ? from : this.format.formatRange(this.window.from * DAY_MS, this.window.to * DAY_MS);
    for (const [key, day] of [["day__gte", this.window.from], ["day__lte", this.window.to]]) {
      const field = /** @type {HTMLInputElement | null} */ (this.root.querySelector(`input[name="${key}"]`));
      if (field) field.value = this.isWhole ? "" : isoDay(Number(day));
    }
    this.play.setAttribute("aria-pressed", String(this.playing));
  }
}
