// What a page needs beside its text: the colours, copy buttons, and the place
// in the list of headings. Without it everything can still be read.
(() => {
  const root = document.documentElement;

  const button = document.querySelector("button.theme");
  const say = () => button.setAttribute("aria-pressed", root.dataset.theme === "dark");
  button.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    say();
  });
  say();

  // Code alone is copied: no output, and no prompt of a console.
  const lines = (pre) => {
    const text = pre.textContent;
    if (!pre.querySelector(".gp")) return text;
    return text.split("\n").filter((line) => /^(>>>|\.\.\.|\$)( |$)/.test(line))
      .map((line) => line.replace(/^(>>>|\.\.\.|\$) ?/, "")).join("\n");
  };

  const copy = async (pre) => {
    const text = lines(pre).trimEnd() + "\n";
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
  };

  const said = document.body.appendChild(document.createElement("p"));
  said.className = "unseen";
  said.setAttribute("role", "status");

  const SHEETS = '<svg class="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true"><path d="M9 9h11v11H9zM5 15H4V4h11v1"/></svg>';

  const offerCopy = (pre) => {
    if (pre.closest(".stream, .text_plain, .stderr, .traceback, .tag_original, blockquote")) return;
    const made = document.createElement("button");
    made.type = "button";
    made.className = "copy";
    made.innerHTML = SHEETS;
    made.title = "Copy";
    made.setAttribute("aria-label", "Copy this code");
    made.addEventListener("click", async () => {
      await copy(pre);
      made.textContent = "Copied";
      said.textContent = "Copied";
      setTimeout(() => {
        made.innerHTML = SHEETS;
        said.textContent = "";
      }, 2000);
    });
    pre.after(made);
  };
  document.querySelectorAll("main div.highlight > pre").forEach(offerCopy);

  // What a page folds away in a <noscript> is text until it is opened.
  document.addEventListener("toggle", ({ target }) => {
    const folded = target.querySelector(":scope > noscript");
    if (!folded) return;
    folded.outerHTML = folded.textContent;
    target.querySelectorAll("div.highlight > pre").forEach(offerCopy);
  }, true);

  // What scrolls inside its box can be scrolled with the keyboard.
  const reach = () => {
    for (const box of document.querySelectorAll("article :is(pre, .table-box, .text_html), .contents, .on-this-page")) {
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  // Who scrolls back a little on a long page is offered its top.
  const top = document.querySelector(".to-top");
  let before = scrollY;
  addEventListener("scroll", () => {
    const step = scrollY - before;
    if (Math.abs(step) < 24) return;
    top.hidden = step > 0 || scrollY < 2 * innerHeight;
    before = scrollY;
  }, { passive: true });
  top.addEventListener("click", () => {
    top.hidden = true;
  });

  // A link into a fold opens it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folds = [];
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      if (!fold.open) folds.push(fold);
    }
    for (const fold of folds) fold.open = true;
    if (folds.length) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // The contents open at the page that is read.
  const contents = document.getElementById("site-contents");
  const place = () => {
    const current = contents.querySelector("[aria-current]");
    if (current) contents.scrollTop = current.offsetTop - contents.clientHeight / 2;
  };
  if (contents) {
    contents.addEventListener("toggle", place);
    place();
  }

  // A list of headings closes when one is chosen, and marks the one that is read.
  const list = document.getElementById("on-this-page");
  if (!list) return;
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && list.matches(":popover-open")) list.hidePopover();
  });
  const links = new Map([...list.querySelectorAll("a[href^='#']")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = links.get(target.id);
      if (link && isIntersecting) {
        for (const other of links.values()) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
      }
    }
  }, { rootMargin: "-80px 0px -75% 0px" });
  for (const section of document.querySelectorAll("article section[id]")) seen.observe(section);
})();
