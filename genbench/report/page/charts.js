// The figures: curves over sizes with their bands, points of two metrics, and average ranks.

const COLOURS = 7; // told apart by the colour-blind (Okabe & Ito 2008); markers tell them apart without colours, too
const MARKERS = ["circle", "square", "triangle", "diamond", "plus", "cross", "bar", "down"];
const MOST_LINES = 30;

function marker(kind, x, y, size, classes) {
  const s = size, paths = {
    circle: `M${x - s} ${y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`,
    square: `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}Z`,
    triangle: `M${x} ${y - s}l${s} ${2 * s}h${-2 * s}Z`,
    down: `M${x} ${y + s}l${s} ${-2 * s}h${-2 * s}Z`,
    diamond: `M${x} ${y - s * 1.3}l${s} ${s * 1.3}l${-s} ${s * 1.3}l${-s} ${-s * 1.3}Z`,
    plus: `M${x - s} ${y}h${2 * s}M${x} ${y - s}v${2 * s}`,
    cross: `M${x - s} ${y - s}l${2 * s} ${2 * s}M${x - s} ${y + s}l${2 * s} ${-2 * s}`,
    bar: `M${x} ${y - s}v${2 * s}`,
  };
  return svg("path", { class: classes, d: paths[kind] });
}

function styleOf(place, control) {
  return { colour: control ? "kc" : `k${place % COLOURS}`, mark: MARKERS[place % MARKERS.length] };
}

function legend(names, styles) {
  const entry = (name) => {
    const { colour, mark } = styles.get(name);
    const key = svg("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" }, svg("path", { class: `line ${colour}`, d: "M0 6h30" }), marker(mark, 15, 6, 3.5, colour));
    return element("li", {}, key, " ", element("bdi", {}, name));
  };
  return element("ul", { class: "legend", "aria-label": "Legend" }, ...names.map(entry));
}

// Series of a panel: [{name, control, points: [{x, y, low, high}]}], by model.
function seriesOf(table, where) {
  const controls = new Set(table.controls), found = new Map();
  for (const row of rowsWhere(table, where)) {
    const name = cellOf(table, "model", row), x = cellOf(table, "examples", row), y = cellOf(table, "value", row);
    if (x === null || y === null) continue;
    if (!found.has(name)) found.set(name, { name, control: controls.has(row), points: [] });
    found.get(name).points.push({ x, y, low: cellOf(table, "ci_low", row), high: cellOf(table, "ci_high", row) });
  }
  const series = [...found.values()].sort((a, b) => a.control - b.control || a.name.localeCompare(b.name));
  for (const one of series) one.points.sort((a, b) => a.x - b.x);
  return series;
}

function curves(chart) {
  const tableOf = (panel) => PAGE.tables.find((one) => one.name === panel.table && one.best);
  const panels = chart.panels.map((one) => ({ title: one.title, series: seriesOf(tableOf(one), one.where) }));
  const controls = new Map(panels.flatMap((one) => one.series.map((series) => [series.name, series.control])));
  const names = [...controls.keys()].sort((a, b) => controls.get(a) - controls.get(b) || a.localeCompare(b));
  const shown = names.slice(0, MOST_LINES);
  const styles = new Map(shown.map((name, place) => [name, styleOf(place, controls.get(name))]));
  const drawn = panels.map((one) => curvePanel(one.title, one.series.filter(({ name }) => styles.has(name)), styles, chart));
  const parts = names.length > 1 ? [legend(shown, styles)] : [];
  if (names.length > shown.length) parts.push(element("p", { class: "note" }, `Drawn are the first ${shown.length} of ${names.length} models; the numbers are those of all.`));
  const lines = panels.flatMap((one) => one.series.flatMap(({ name, points }) =>
    points.map(({ x, y, low, high }) => [one.title, name, short(x), short(y), short(low), short(high)])));
  return { drawn, parts, headers: ["panel", "model", chart.x, chart.y || "value", "from", "to"], lines };
}

function curvePanel(title, series, styles, chart) {
  const points = series.flatMap((one) => one.points);
  const x = scaleOf(points.map((point) => point.x), PANEL.left + 6, PANEL.width - PANEL.right - 6, chart.x === "training examples");
  const heights = points.map((point) => point.y);
  const y = scaleOf(heights.length > 1 ? withBands(points) : heights, PANEL.height - PANEL.bottom, PANEL.top + 4);
  const drawn = panel(title, x, y, chart.x, chart.y);
  for (const { name, points: line } of series) {
    const { colour, mark } = styles.get(name);
    const banded = line.filter((point) => point.low !== null);
    const within = (value) => Math.min(Math.max(y.place(value), PANEL.top), PANEL.height - PANEL.bottom);
    if (banded.length > 1) {
      const upper = banded.map((point) => `${x.place(point.x)},${y.log && point.high <= 0 ? PANEL.height - PANEL.bottom : within(point.high)}`);
      const lower = banded.map((point) => `${x.place(point.x)},${y.log && point.low <= 0 ? PANEL.height - PANEL.bottom : within(point.low)}`).reverse();
      drawn.append(svg("polygon", { class: `band ${colour}`, points: [...upper, ...lower].join(" ") }));
    }
    drawn.append(svg("polyline", { class: `line ${colour}`, points: line.map((point) => `${x.place(point.x)},${y.place(point.y)}`).join(" ") }));
    for (const point of line) {
      const made = marker(mark, x.place(point.x), y.place(point.y), series.length > 1 ? 3 : 2, colour);
      made.append(svg("title", {}, `${name}: ${short(point.y)} at ${short(point.x)}`));
      drawn.append(made);
    }
  }
  return drawn;
}

// The values, and of their bands what reaches no further than the values themselves spread.
function withBands(points) {
  const values = points.map((point) => point.y);
  const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
  const reach = (high - low) / 2, positive = low > 0 && high / low > LOGARITHMIC;
  const ends = positive ? [] : points.flatMap((point) => [point.low, point.high]);
  return [...values, ...ends.filter((end) => end !== null && end >= low - reach && end <= high + reach)];
}

function points(chart) {
  const drawn = chart.panels.map((one) => {
    const x = scaleOf(one.points.map((point) => point.x), PANEL.left + 8, PANEL.width - PANEL.right - 8);
    const y = scaleOf(one.points.map((point) => point.y), PANEL.height - PANEL.bottom - 6, PANEL.top + 10);
    const made = panel(one.title, x, y, chart.x, chart.y);
    const front = one.points.filter((point) => point.front);
    made.append(svg("polyline", { class: "front", points: front.map((point) => `${x.place(point.x)},${y.place(point.y)}`).join(" ") }));
    for (const point of one.points) {
      const kind = point.control ? "cross" : point.front ? "circle" : "square";
      const colour = point.control ? "kc" : point.front ? "k0" : "k1 hollow";
      const mark = marker(kind, x.place(point.x), y.place(point.y), 3.5, colour);
      mark.append(svg("title", {}, `${point.name}: ${short(point.x)}, ${short(point.y)}`));
      made.append(mark);
    }
    const taken = [];
    for (const point of front) nameBeside(made, point, x.place(point.x), y.place(point.y), taken);
    return made;
  });
  const kinds = [["circle", "k0", "on the front"], ["square", "k1 hollow", "another model"], ["cross", "kc", "control"]];
  const key = kinds.map(([kind, colour, text]) => element("li", {}, svg("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" }, marker(kind, 15, 6, 3.5, colour)), " ", text));
  const parts = [element("ul", { class: "legend", "aria-label": "Legend" }, ...key)];
  const lines = chart.panels.flatMap((one) => one.points.map((point) => [one.title, point.name, short(point.x), short(point.y), point.front ? "yes" : ""]));
  return { drawn, parts, headers: ["panel", "model", chart.x, chart.y, "on the front"], lines };
}

// The name beside its mark, unless another name is there already.
function nameBeside(made, point, x, y, taken) {
  const text = clipped(point.name, 20), width = 6 * text.length, right = x + 6 + width < PANEL.width;
  const left = right ? x + 6 : x - 6 - width;
  if (taken.some((other) => Math.abs(other.y - y) < 11 && left < other.right && other.left < left + width)) return;
  taken.push({ left, right: left + width, y });
  made.append(svg("text", { x: right ? x + 6 : x - 6, y: y - 5, "text-anchor": right ? "start" : "end" }, text));
}

function ranks(chart) {
  const row = 20, left = 190, right = 500, top = 30, count = chart.models.length, height = top + row * count + 8;
  const x = scaleOf([1, Math.max(count, 2)], left, right);
  const across = right + 20 + 9 * chart.groups.length;
  const made = svg("svg", { viewBox: `0 0 ${across} ${height}`, role: "img", "aria-label": "Average ranks, with bars beside models that do not differ" });
  for (const tick of x.ticks) {
    made.append(svg("line", { class: "grid", x1: x.place(tick), x2: x.place(tick), y1: top - 8, y2: height }));
    made.append(svg("text", { class: "soft", x: x.place(tick), y: top - 13, "text-anchor": "middle" }, tickText(tick)));
  }
  chart.models.forEach((name, place) => {
    const y = top + row * place + row / 2;
    made.append(svg("text", { x: left - 12, y: y + 4, "text-anchor": "end" }, clipped(name, 28)));
    made.append(svg("line", { class: "grid", x1: left, x2: x.place(chart.ranks[place]), y1: y, y2: y }));
    const mark = marker("circle", x.place(chart.ranks[place]), y, 4, "k0");
    mark.append(svg("title", {}, `${name}: ${chart.ranks[place].toFixed(2)}`));
    made.append(mark);
  });
  chart.groups.forEach(([first, last], place) => {
    const across = right + 14 + 9 * place;
    made.append(svg("line", { class: "clique", x1: across, x2: across, y1: top + row * first + 4, y2: top + row * (last + 1) - 4 }));
  });
  const lines = chart.models.map((name, place) => [name, chart.ranks[place].toFixed(2)]);
  return { drawn: [made], parts: [], headers: ["model", "average rank"], lines, wide: true };
}
