// Brings the page to life: tables at once, figures when they come into sight or are to be printed.

const KINDS = { curves, points, ranks };

function drawChart(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "yes";
  const chart = PAGE.charts[Number(figure.dataset.chart)];
  const { drawn, parts, headers, lines, wide } = KINDS[chart.kind](chart);
  const panels = figure.querySelector(".panels");
  panels.classList.toggle("wide", Boolean(wide));
  panels.replaceChildren(...drawn);
  panels.after(...parts);
  onceOpened(figure.querySelector(".behind"), () => plainTable("The numbers of the figure", headers, lines));
}

function onceOpened(details, make) {
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("table")) details.append(make());
  });
}

function measuredOf(details) {
  const { model, dataset } = details.dataset, lines = [];
  for (const table of PAGE.tables.filter((one) => one.best)) {
    for (const row of rowsWhere(table, { model, dataset })) {
      const metric = cellOf(table, "metric", row);
      if (metric.startsWith("training:")) continue;
      const [value, low, high] = ["value", "ci_low", "ci_high"].map((key) => short(cellOf(table, key, row)));
      const sizes = ["n", "examples"].map((key) => short(cellOf(table, key, row)));
      lines.push([metric, cellOf(table, "estimator", row), value, low, high, ...sizes]);
    }
  }
  return plainTable(`Measurements of ${model} on ${dataset}`, ["metric", "estimator", "value", "from", "to", "n", "training examples"], lines);
}

for (const section of document.querySelectorAll("section.table")) new TableView(section, PAGE.tables[Number(section.dataset.table)]);
for (const details of document.querySelectorAll("details.measured")) onceOpened(details, () => measuredOf(details));

const figures = document.querySelectorAll("figure.chart");
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) { drawChart(entry.target); watcher.unobserve(entry.target); }
}, { rootMargin: "600px" });
for (const figure of figures) watcher.observe(figure);
addEventListener("beforeprint", () => figures.forEach(drawChart));
