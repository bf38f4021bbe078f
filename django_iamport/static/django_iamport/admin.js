"use strict";

document.addEventListener("click", (event) => {
    if (event.target.closest("[data-iamport-print]")) {
        window.print();
    }
});

// Where its columns don't fit, a table's rows stand as cards whose cells show their headings (admin.css); for screen
// readers it stays a table.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell" };

function label(table) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const part of [table, ...table.querySelectorAll("thead, tbody, tfoot, tr, td")]) {
        part.setAttribute("role", part.getAttribute("role") || ROLES[part.tagName]);
    }
    for (const head of table.querySelectorAll("th")) {
        const role = head.closest("thead") ? "columnheader" : "rowheader";
        head.setAttribute("role", head.getAttribute("role") || role);
    }
    for (const row of table.querySelectorAll("tbody tr")) {
        [...row.children].forEach((cell, place) => {
            if (heads[place] && cell.colSpan === 1 && !cell.classList.contains("action-checkbox")) {
                cell.dataset.label = heads[place];
                // A picture says yes or no.
                cell.classList.toggle("iamport-blank", !cell.textContent.trim() && !cell.querySelector("img"));
            }
        });
    }
    table.classList.add("iamport-stacks");
}

function fit(table) {
    table.classList.remove("iamport-narrow");
    table.classList.toggle("iamport-narrow", table.offsetWidth > table.parentElement.clientWidth);
}

document.addEventListener("DOMContentLoaded", () => {
    // Django names its search field by a picture alone.
    const search = document.querySelector("#searchbar");
    search?.setAttribute("aria-label", search.form.querySelector("[type=submit]").value);
    const tables = [...document.querySelectorAll("#result_list, .iamport-table table:not(.iamport-books)")];
    tables.forEach(label);
    tables.forEach(fit);
    window.addEventListener("resize", () => tables.forEach(fit));
});
