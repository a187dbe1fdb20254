// Tabs for outputs that differ between databases: all follow one choice.
(() => {
  const KEY = "database";
  const boxes = [...document.querySelectorAll(".databases")];

  const choose = (box, number, focus) => {
    const tabs = [...box.querySelectorAll("[role=tab]")];
    const panels = [...box.querySelectorAll(".databases__one")];
    tabs.forEach((tab, n) => {
      tab.setAttribute("aria-selected", n === number);
      tab.tabIndex = n === number ? 0 : -1;
      panels[n].hidden = n !== number;
    });
    if (focus) tabs[number].focus();
  };

  const follow = (name) => {
    for (const box of boxes) {
      const panels = [...box.querySelectorAll(".databases__one")];
      const found = panels.findIndex((panel) => panel.classList.contains(`on-${name}`));
      const chosen = Math.max(found, 0);
      // What runs on one database alone shows that one first.
      const says = (panel) => !panel.classList.contains("databases__elsewhere");
      choose(box, says(panels[chosen]) ? chosen : Math.max(panels.findIndex(says), 0));
    }
  };

  boxes.forEach((box, b) => {
    const list = document.createElement("div");
    list.className = "databases__tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Database");
    const panels = [...box.querySelectorAll(".databases__one")];
    panels.forEach((panel, n) => {
      const label = panel.querySelector(".databases__label");
      const name = [...panel.classList].find((each) => each.startsWith("on-")).slice(3);
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `database-tab-${b}-${n}`;
      tab.textContent = label.textContent;
      tab.setAttribute("role", "tab");
      panel.id = `database-panel-${b}-${n}`;
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      label.hidden = true;
      tab.addEventListener("click", () => {
        const before = tab.getBoundingClientRect().top;
        localStorage.setItem(KEY, name);
        follow(name);
        choose(box, n);
        scrollBy(0, tab.getBoundingClientRect().top - before);
      });
      tab.addEventListener("keydown", ({ key }) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
        if (step) choose(box, (n + step + panels.length) % panels.length, true);
      });
      list.append(tab);
    });
    box.prepend(list);
  });

  follow(localStorage.getItem(KEY) || "sqlite");

  // A link to an output that the reader's choice hides leads to its tabs.
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.closest(".databases__one")?.hidden) target.closest(".databases").scrollIntoView();
})();
