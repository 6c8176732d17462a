"use strict";

// A click on a column's heading sorts by it, a second the other way, a third as it was.
// Rows stay in their group; groups follow the row that leads them. Missing values come last.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function comparison(column, numeric, direction) {
  const key = (row) => (row ? row.cells[column].dataset.sort : "");
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === "" || y === "") return (x === "") - (y === "");
    return direction * (numeric ? Number(x) - Number(y) : collator.compare(x, y)) || 0;
  };
}

for (const table of document.querySelectorAll("table.sortable")) {
  const original = [...table.tBodies].map((body) => {
    const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
    return { body, rows };
  });
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];

  const sort = (column) => {
    const heading = headings[column];
    const numeric = heading.classList.contains("number");
    const states = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
    const state = states[states.indexOf(heading.getAttribute("aria-sort")) + 1];
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    let groups = original;
    if (state) {
      heading.setAttribute("aria-sort", state);
      const compare = comparison(column, numeric, state === "ascending" ? 1 : -1);
      groups = original
        .map(({ body, rows }) => ({ body, rows: [...rows].sort(compare) }))
        .sort((a, b) => compare(a.rows[0], b.rows[0]));
    }
    for (const { body, rows } of groups) {
      body.append(...rows);
      table.insertBefore(body, table.tFoot);
    }
  };

  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => sort(column));
  });
}

const viewer = document.getElementById("viewer");
for (const button of document.querySelectorAll("button.enlarge")) {
  button.addEventListener("click", () => {
    viewer.querySelector(".stage").replaceChildren(button.firstElementChild.cloneNode());
    viewer.querySelector("p").textContent =
      button.closest("figure").querySelector("figcaption strong").textContent;
    viewer.showModal();
  });
}
viewer.addEventListener("click", () => viewer.close());
