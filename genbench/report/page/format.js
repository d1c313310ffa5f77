"use strict";
// What all parts of the page share: its data, elements made from text (never from markup), numbers as people read them.

const PAGE = JSON.parse(document.getElementById("data").textContent);

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Four significant digits, without an exponent where that is readable.
function short(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e7 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function clipped(text, length) {
  return text.length > length ? text.slice(0, length - 1) + "…" : text;
}

// The value of a column in a row: a text's word, or a number or null.
function cellOf(table, key, row) {
  const column = table.data[key];
  return column.words ? column.words[column.codes[row]] : column[row];
}

// The rows of a table in which each named column has the value given for it.
function rowsWhere(table, where) {
  const wanted = Object.entries(where).map(([key, word]) => [table.data[key].codes, table.data[key].words.indexOf(word)]);
  const rows = [];
  for (let row = 0; row < table.rows; row++) if (wanted.every(([codes, code]) => codes[row] === code)) rows.push(row);
  return rows;
}

// A plain table in a region that scrolls by itself and can be reached by keyboard.
function plainTable(name, headers, lines) {
  const head = element("tr", {}, ...headers.map((text) => element("th", { scope: "col" }, text)));
  const body = lines.map((line) => element("tr", {}, ...line.map((text) => element("td", {}, text))));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table);
}
