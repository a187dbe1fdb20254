// The table of probes: which databases, which differences, which words. What
// is chosen stands in the address, so that it can be sent to somebody.
(() => {
  const form = document.querySelector(".probe-filter");
  const fields = ["from", "to", "show", "group", "text"].map((name) => form.elements[name]);
  const [from, to, show, group, text] = fields;
  const names = [...from.options].slice(1).map((option) => option.textContent.replace(/ [\d.]+$/, ""));
  const tables = [...document.querySelectorAll(".probes")].map((box) => ({
    box,
    group: box.id.replace("probes-", ""),
    section: box.closest("section"),
    heads: [...box.querySelectorAll("thead th")].slice(1),
    rows: [...box.querySelectorAll("tbody")].map((row) => {
      const cells = [...row.querySelectorAll("td[data-database]")];
      const results = cells.map((cell) => cell.textContent.trim());
      const [question, cure] = ["th a", "summary"].map((part) => row.querySelector(part).textContent);
      return { row, cells, results, badge: row.querySelector("b"), below: row.querySelector("[colspan]"), words: [question, cure, ...results].join(" ").toLowerCase() };
    }),
  }));
  const total = tables.reduce((sum, { rows }) => sum + rows.length, 0);

  // As `portability.records.difference` has it.
  const raises = (result) => result.startsWith("raises ");
  const difference = (results) => {
    if (new Set(results.filter((result) => !raises(result))).size > 1) return "silent";
    return new Set(results).size > 1 ? "differs" : "same";
  };

  // What a move from one database to another means.
  const label = (kind, before, after, name) => {
    if (kind !== "differs") return kind;
    if (raises(before) === raises(after)) return "other error";
    return `${raises(after) ? "raises" : "works"} on ${name}`;
  };

  const update = () => {
    const pair = from.value && to.value ? [from, to].map((field) => field.selectedIndex - 1) : null;
    const asked = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const target = location.hash.slice(1);
    let count = 0;
    for (const table of tables) {
      table.box.classList.add("chosen");
      table.heads.forEach((head, n) => { head.hidden = pair !== null && !pair.includes(n); });
      let here = 0;
      for (const { row, cells, results, badge, below, words } of table.rows) {
        const [before, after] = (pair ?? []).map((n) => results[n]);
        const kind = difference(pair ? [before, after] : results);
        row.className = kind;
        badge.textContent = pair ? label(kind, before, after, names[pair[1]]) : kind === "differs" ? "" : kind;
        cells.forEach((cell, n) => { cell.hidden = pair !== null && !pair.includes(n); });
        below.colSpan = 1 + cells.filter((cell) => !cell.hidden).length;
        const fits = (show.value === "all" || kind === show.value || (show.value === "differs" && kind === "silent")) &&
          (!group.value || group.value === table.group) && asked.every((word) => words.includes(word));
        row.hidden = !fits && row.id !== target;
        if (!row.hidden) here += 1;
      }
      table.section.hidden = !here;
      count += here;
    }
    document.querySelector(".probe-count").textContent = `${count} of ${total} questions`;
  };

  // Two databases, or none: each choice completes the other.
  const complete = (changed) => {
    const other = changed === from ? to : from;
    if (!changed.value) other.value = "";
    else if (!other.value || other.value === changed.value) {
      other.value = [...other.options].find(({ value }) => value && value !== changed.value).value;
    }
  };

  const remember = () => {
    const address = new URL(location.href);
    address.hash = "";
    for (const { name, value } of fields) {
      if (value && !(name === "show" && value === "silent")) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target === from || target === to) complete(target);
    remember();
    update();
  });

  // A link to a row that the choice hides shows it.
  const lead = () => {
    const target = document.getElementById(location.hash.slice(1));
    const isHidden = target?.closest("[hidden]");
    if (isHidden && !target.matches("tbody")) form.reset();
    update();
    if (isHidden) target.scrollIntoView();
  };
  addEventListener("hashchange", lead);

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = fields.find((each) => each.name === name);
    if (field && (field === text || [...field.options].some((option) => option.value === value))) field.value = value;
  }
  if (from.value || to.value) complete(from.value ? from : to);
  lead();
})();
