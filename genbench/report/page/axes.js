// Scales and axes of figures.

const PANEL = { width: 320, height: 210, left: 52, right: 12, top: 22, bottom: 36 };
const LOGARITHMIC = 100; // ratio of the largest to the smallest value from which on an axis is logarithmic

// A scale from values to places: {place, ticks, log}.
function scaleOf(values, from, to, forceLog = false) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  let low = Infinity, high = -Infinity;
  for (const value of known) { low = Math.min(low, value); high = Math.max(high, value); }
  if (!known.length) [low, high] = [0, 1];
  const log = low > 0 && (forceLog || high / low > LOGARITHMIC);
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const seen = log ? Math.log10 : (value) => value;
  const place = (value) => from + ((seen(value) - seen(low)) / (seen(high) - seen(low))) * (to - from);
  return { place, log, ticks: log ? logTicks(low, high) : evenTicks(low, high) };
}

function evenTicks(low, high) {
  const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

function logTicks(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) {
    const many = [];
    for (let power = first - 1; power <= last; power++) for (const factor of [1, 2, 5]) many.push(factor * 10 ** power);
    return many.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  }
  const every = Math.ceil((last - first + 1) / 5), ticks = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  return ticks;
}

function tickText(value) {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) return value.toExponential(0).replace("e+", "e");
  return String(Number(value.toPrecision(3)));
}

// A panel with its axes and titles; curves and points are drawn onto it.
function panel(title, x, y, xName, yName) {
  const { width, height, left, right, top, bottom } = PANEL;
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${yName} by ${xName}` });
  drawn.append(svg("text", { class: "title", x: left, y: 12 }, clipped(title, 44)));
  for (const tick of y.ticks) {
    drawn.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y.place(tick), y2: y.place(tick) }));
    drawn.append(svg("text", { class: "soft", x: left - 5, y: y.place(tick) + 4, "text-anchor": "end" }, tickText(tick)));
  }
  for (const tick of x.ticks) {
    drawn.append(svg("line", { class: "grid", x1: x.place(tick), x2: x.place(tick), y1: top, y2: height - bottom }));
    drawn.append(svg("text", { class: "soft", x: x.place(tick), y: height - bottom + 13, "text-anchor": "middle" }, tickText(tick)));
  }
  drawn.append(svg("path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}` }));
  const names = [[xName, x.log], [yName, y.log]].map(([name, log]) => clipped(name, 38) + (log ? ", log" : ""));
  drawn.append(svg("text", { class: "soft", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, names[0]));
  const turned = `translate(10 ${(top + height - bottom) / 2}) rotate(-90)`;
  drawn.append(svg("text", { class: "soft", transform: turned, "text-anchor": "middle" }, clipped(names[1], 30)));
  return drawn;
}
