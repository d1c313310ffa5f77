// Tables that can be filtered, sorted and leafed through; only the rows of one leaf are in the document.

const LEAF = 50;
const ALL = "\u0000all"; // no name holds this character
const BAR = { width: 144, height: 16, inset: 8 };
const FILTER_NAMES = { dataset: "data set", examples: "training examples", metric: "metric" };

class TableView {
  constructor(section, table) {
    this.table = table;
    this.controls = new Set(table.controls);
    this.best = new Set(table.best);
    this.chosen = {};
    this.search = "";
    this.sort = table.best ? { key: "value", down: null } : { key: null, down: false };
    this.leaf = 0;
    this.build(section);
    this.chooseAnew();
  }

  build(section) {
    this.selects = {};
    const filters = element("div", { class: "filters", role: "group", "aria-label": `Filters of ${this.table.name}` });
    for (const key of this.table.filters) {
      const select = element("select", { "data-key": key });
      select.addEventListener("change", () => { this.chosen[key] = select.value; this.chooseAnew(); });
      this.selects[key] = select;
      filters.append(element("label", {}, FILTER_NAMES[key] ?? key, select));
    }
    const search = element("input", { type: "search" });
    search.addEventListener("input", () => { this.search = search.value.toLowerCase(); this.chooseAnew(); });
    filters.append(element("label", {}, "model has", search));
    this.head = element("tr");
    this.body = element("tbody");
    const columns = element("table", {}, element("thead", {}, this.head), this.body);
    const region = { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table ${this.table.name}` };
    this.before = this.button("Previous", -1);
    this.after = this.button("Next", 1);
    this.place = element("span", { role: "status" });
    const pages = element("div", { class: "pages" }, this.before, this.after, this.place);
    section.append(filters, element("div", region, columns), pages);
    this.buildHead();
  }

  button(text, step) {
    const made = element("button", { type: "button", "aria-label": `${text} rows of ${this.table.name}` }, text);
    made.addEventListener("click", () => { this.leaf += step; this.show(); });
    return made;
  }

  buildHead() {
    for (const column of this.table.columns) {
      const number = column.kind === "number" ? "number" : "";
      if (column.kind === "interval") {
        this.head.append(element("th", { scope: "col" }, column.name));
        continue;
      }
      const button = element("button", { type: "button" }, column.name);
      const cell = element("th", { scope: "col", class: `sortable ${number}`, "aria-sort": "none", "data-key": column.key }, button);
      button.addEventListener("click", () => {
        this.sort = { key: column.key, down: this.sort.key === column.key ? !this.sortsDown() : false };
        this.leaf = 0;
        this.arrange();
      });
      this.head.append(cell);
    }
  }

  // Each filter offers what the filters before it leave; where its own choice is gone, it takes the most telling one.
  chooseAnew() {
    let rows = [...Array(this.table.rows).keys()];
    if (this.search) rows = rows.filter((row) => this.table.names.some((key) => cellOf(this.table, key, row).toLowerCase().includes(this.search)));
    for (const key of this.table.filters) {
      const values = [...new Set(rows.map((row) => cellOf(this.table, key, row)))].filter((value) => value !== null && value !== "");
      const numeric = values.every((value) => typeof value === "number");
      if (numeric) values.sort((a, b) => a - b);
      if (!(this.chosen[key] === ALL || values.map(String).includes(this.chosen[key]))) this.chosen[key] = this.usual(key, values, numeric);
      this.offer(key, values);
      if (this.chosen[key] !== ALL) rows = rows.filter((row) => String(cellOf(this.table, key, row)) === this.chosen[key]);
    }
    this.rows = rows;
    this.leaf = 0;
    this.arrange();
  }

  // To begin with: the first data set, the headline metric by its first estimator, at the largest sizes.
  usual(key, values, numeric) {
    if (!this.table.best || key === "status" || !values.length) return ALL;
    if (key === "metric" && values.includes(this.table.headline)) return this.table.headline;
    return String(numeric ? values[values.length - 1] : values[0]);
  }

  offer(key, values) {
    const option = (value, text) => element("option", { value }, text);
    const select = this.selects[key];
    select.replaceChildren(option(ALL, `all (${values.length})`), ...values.map((value) => option(String(value), clipped(String(value), 60))));
    select.value = this.chosen[key];
    select.parentElement.hidden = values.length < 2 && this.chosen[key] === ALL;
  }

  sortsDown() {
    if (this.sort.down !== null) return this.sort.down;
    return this.rows.length > 0 && cellOf(this.table, "better", this.rows[0]) === "higher";
  }

  // Controls stay under the others, and what has no value under what has one, whichever way the rest is sorted.
  arrange() {
    const { key } = this.sort;
    const sign = this.sortsDown() ? -1 : 1;
    const compare = (a, b) => {
      const x = cellOf(this.table, key, a), y = cellOf(this.table, key, b);
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (typeof x === "number" ? x - y : x.localeCompare(y));
    };
    const apart = (row) => this.controls.has(row);
    this.rows.sort((a, b) => apart(a) - apart(b) || (key ? compare(a, b) : 0) || a - b);
    for (const cell of this.head.querySelectorAll("[aria-sort]")) {
      const sorted = cell.dataset.key === key ? (sign < 0 ? "descending" : "ascending") : "none";
      cell.setAttribute("aria-sort", sorted);
    }
    this.scales = this.scalesOf(this.rows);
    this.show();
  }

  show() {
    const first = this.leaf * LEAF;
    const shown = this.rows.slice(first, first + LEAF);
    let wasControl = false;
    this.body.replaceChildren(...shown.map((row, place) => {
      const isControl = this.controls.has(row);
      const line = this.line(row, isControl && !wasControl && place > 0);
      wasControl = isControl;
      return line;
    }));
    this.before.disabled = first === 0;
    this.after.disabled = first + LEAF >= this.rows.length;
    this.place.textContent = this.rows.length ? `rows ${first + 1} to ${first + shown.length} of ${this.rows.length}` : "no row fits";
  }

  line(row, firstControl) {
    const control = this.controls.has(row), best = this.best.has(row);
    const classes = [control && "control", best && "best", firstControl && "control-first"].filter(Boolean).join(" ");
    return element("tr", { class: classes || undefined }, ...this.table.columns.map((column) => this.cell(row, column, best, control)));
  }

  cell(row, column, best, control) {
    const value = cellOf(this.table, column.key, row);
    if (column.kind === "interval") return element("td", {}, this.bar(row, column.key));
    if (column.kind === "number") return element("td", { class: `number ${column.key}` }, (best && column.key === "value" ? "★ " : "") + short(value));
    if (this.table.names.includes(column.key)) {
      return element("th", { scope: "row" }, element("bdi", {}, value || "–"), ...(control ? [" ", element("span", { class: "tag" }, "control")] : []));
    }
    return element("td", { class: value.length > 40 ? "long" : undefined }, element("bdi", {}, value.replaceAll("_", column.key === "status" ? " " : "_")));
  }

  group(row) {
    return this.table.scale.map((key) => this.table.data[key].codes[row]).join(" ");
  }

  // From where to where the bars of a metric and data set reach: over the models that compete, without far outliers.
  scalesOf(rows) {
    const interval = this.table.columns.find((column) => column.kind === "interval");
    if (!interval) return new Map();
    const ends = new Map();
    for (const row of rows) {
      const value = cellOf(this.table, interval.key, row);
      if (value === null) continue;
      const group = this.group(row);
      if (!ends.has(group)) ends.set(group, { competing: [], all: [] });
      const found = [value, cellOf(this.table, "ci_low", row), cellOf(this.table, "ci_high", row)].filter((end) => end !== null);
      ends.get(group).all.push(...found);
      if (!this.controls.has(row)) ends.get(group).competing.push(...found);
    }
    return new Map([...ends].map(([group, { competing, all }]) => [group, innerRange(competing.length ? competing : all)]));
  }

  // The ends of the interval: where there is only one, the other is open; where there is none, both are the value.
  ends(row, value) {
    const low = cellOf(this.table, "ci_low", row), high = cellOf(this.table, "ci_high", row);
    return low === null && high === null ? [value, value] : [low ?? -Infinity, high ?? Infinity];
  }

  bar(row, key) {
    const value = cellOf(this.table, key, row);
    if (value === null) return "–";
    const [low, high] = this.ends(row, value);
    const [from, to] = this.scales.get(this.group(row));
    const place = (x) => BAR.inset + ((x - from) / (to - from)) * (BAR.width - 2 * BAR.inset);
    const inside = (x) => Math.min(Math.max(place(x), BAR.inset), BAR.width - BAR.inset);
    const words = inWords(value, low, high);
    const drawn = svg("svg", { class: "bar", viewBox: `0 0 ${BAR.width} ${BAR.height}`, role: "img", "aria-label": words });
    const colour = this.controls.has(row) ? "kc" : "k0";
    drawn.append(svg("title", {}, words));
    drawn.append(svg("line", { class: colour, x1: inside(low), x2: inside(high), y1: 8, y2: 8, "stroke-width": 3 }));
    if (place(low) < BAR.inset - 0.01) drawn.append(svg("path", { class: colour, d: "M7 4L1 8L7 12Z" }));
    if (place(high) > BAR.width - BAR.inset + 0.01) drawn.append(svg("path", { class: colour, d: `M${BAR.width - 7} 4l6 4l-6 4Z` }));
    if (inside(value) === place(value)) drawn.append(svg("circle", { class: `${colour} hollow`, cx: place(value), cy: 8, r: 3.5, "stroke-width": 2 }));
    return drawn;
  }
}

function inWords(value, low, high) {
  const from = low > -Infinity ? ` from ${short(low)}` : "", to = high < Infinity ? ` to ${short(high)}` : "";
  return low === high ? short(value) : `${short(value)},${from}${to}`;
}

// The range of the values, but no further from the quartiles than three times their distance.
function innerRange(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const reach = 3 * (at(0.75) - at(0.25));
  const from = Math.max(sorted[0], at(0.25) - reach), to = Math.min(sorted[sorted.length - 1], at(0.75) + reach);
  return from < to ? [from, to] : [from - 0.5, from + 0.5];
}
