// The search: sections ranked in the browser, for questions, names of code and
// pasted errors. Its words (sections.js) and the ranking (MiniSearch, MIT) load
// when somebody searches for the first time.
(() => {
  const HERE = document.currentScript.src;
  const SHOWN = 10;
  // A section is shown where it has enough of a query's rare words and one of
  // its own questions is like the query, together, and where it scores enough:
  // a few common words say nothing.
  const TOGETHER = 0.7;
  const LEAST = 10;
  // An error is no question: there the words alone have to be enough.
  const ENOUGH = 0.45;
  const LEAST_FOR_AN_ERROR = 45;
  // An entry with so many of the query's runs of three words is shown even
  // where the query has many other words. A run that n entries have counts
  // 1 / sqrt(n), as in `lab.explain`.
  const WORD_FOR_WORD = 1.5;
  const SAME = 0.2; // how much each such run adds to the score
  const LIKE = 150; // how much a section's likest question adds to it, at most
  const VERY_LIKE = 0.8;
  const FIELDS = { title: 3, page: 1.5, asked: 0, errors: 3, shown: 1, text: 1, code: 0.5 };
  // A question is answered by a lesson; an error by the entry that explains it,
  // before the lessons that show it.
  const FOR_A_QUESTION = { ...FIELDS, asked: 1, errors: 0.7 };
  const KINDS = [[/^notebooks\/\d/, 1.2], [/^notebooks\/errors\//, 0.8]];
  const AN_ERROR = /Traceback|[A-Z]\w*(?:Error|Exception|Greenlet|Warning|Violation|Found)\b|: \S|\(\d{4}\b|can't|cannot|not been/;
  const STOP = new Set(
    ("a about after all am an and another any are as at be because been before being but by can cannot could did do " +
      "does doing don each for from get gets getting give gives go got had has have having how i if in into is it its " +
      "just make me my need no not of on one only or our should so some than that the their them then there these they " +
      "thing this to too use using very want was way we were what when where which while who why will with would you your")
      .split(" "));

  // Queries.

  // What containers, groups of exceptions, pytest and warnings put before a line.
  const MARGIN = /^(?:[\w.-]+ +\| ?|[ +-]*[|│] ?|E +(?=\S)|\S+:\d+: (?=[A-Z]))/;
  const FRAME = /^\s*(?:Traceback \(|File "|\S+:\d+: in |E {2,}|[~^]+$)/;
  const RAISED = /^(?:[a-zA-Z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Greenlet|Exit|Found|Group|Violation|Cancelled)\b/;

  // Of a traceback, what the last exceptions said.
  const said = (lines) => {
    const messages = [];
    let inside = false;
    for (const line of lines) {
      const begins = RAISED.test(line);
      if (begins) messages.push([]);
      inside = begins || (inside && line.trim() !== "" && !FRAME.test(line));
      if (inside) messages.at(-1).push(line);
    }
    return messages.length ? messages.slice(-3).flat() : lines.filter((line) => /^\S/.test(line) && !FRAME.test(line));
  };

  // Of a message, what does not change from one program to the next.
  const readable = (query) => {
    const lines = query.replace(/\r/g, "").split("\n");
    const bare = lines.map((line) => line.replace(MARGIN, ""));
    const isTraceback = [...lines, ...bare].some((line) => FRAME.test(line));
    return (isTraceback ? said(bare) : bare).join("\n")
      .replace(/\[parameters: .*|\[SQL: [^\]]*\]?/g, " ")
      .replace(/\(Background on this error at: \S*\/(\w+)\)/g, " $1 ")
      .replace(/https?:\/\/\S+|0x[0-9a-f]+|Task-\d+|"\/[^"]*"|(?:\/[\w.-]+){2,}/gi, " ")
      .slice(0, 2000);
  };

  // `AsyncSession.get_by_id` is searched as a whole and by its parts.
  const words = (text) => {
    const found = [];
    for (const [whole] of text.matchAll(/N\+1|[\p{L}_][\p{L}\p{N}_]*/gu)) {
      const parts = whole.split(/_+|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean);
      found.push(whole);
      if (parts.length > 1) found.push(...parts);
    }
    return found;
  };

  const runs = (text) => {
    const all = text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
    return new Set(all.slice(2).map((word, at) => `${all[at]} ${all[at + 1]} ${word}`));
  };

  const stem = (word) => {
    const low = word.toLowerCase();
    if (low.length < 2 || STOP.has(low)) return null;
    if (low.length < 5 || low.includes("_")) return low;
    return low.replace(/(?:ies)$/, "y").replace(/(?<=[^s])s$/, "").replace(/(?:ing|ed)$/, "").replace(/(?<=[a-z]{4})e$/, "");
  };

  const terms = (query, synonyms) => {
    const found = new Map();
    for (const word of words(readable(query))) {
      const term = stem(word);
      if (term) found.set(term, 1);
    }
    for (const [says, means] of synonyms) {
      if (!says.every((term) => found.has(term))) continue;
      for (const term of means) if (!found.has(term)) found.set(term, 0.6);
    }
    return found;
  };

  // The index.

  const load = (name) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(name, HERE);
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${name} does not load`));
    document.head.append(script);
  });

  // The questions that sections answer, each with its words and what they weigh.
  const questionsOf = (documents) => {
    const all = documents.flatMap(({ id, asked }) => asked.split("\n").filter(Boolean)
      .map((text) => ({ id, terms: new Set(words(text).map(stem).filter(Boolean)) })));
    const counts = new Map();
    for (const { terms } of all) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const rarity = (term) => Math.log(1 + all.length / (1 + (counts.get(term) ?? 0)));
    return all.map((question) => ({ ...question, rarity, weight: [...question.terms].reduce((sum, term) => sum + rarity(term), 0) }));
  };

  // How like each section's likest question is to what is asked, from 0 to 1.
  const likeness = (asked, questions) => {
    const best = new Map();
    for (const { id, terms, rarity, weight } of questions) {
      let same = 0;
      let most = 0;
      for (const [term, share] of asked) {
        if (share === 1) most += rarity(term);
        if (terms.has(term)) same += share * rarity(term);
      }
      if (same) best.set(id, Math.max(best.get(id) ?? 0, same / Math.sqrt(most * weight)));
    }
    return best;
  };

  // In pieces: a phone stays responsive meanwhile.
  const pause = () => new Promise((resolve) => setTimeout(resolve));

  const build = async () => {
    const [pages, synonyms, elsewhere] = SECTIONS;
    const documents = [];
    for (const [address, page, sections] of pages) {
      for (const { a = "", t = "", x = "", c = "", e = "", s = "", q = "" } of sections) {
        documents.push({ id: documents.length, address: a ? `${address}#${a}` : address, page, title: t, text: x, code: c, errors: e, shown: s, asked: q });
      }
    }
    const index = new MiniSearch({
      fields: Object.keys(FIELDS),
      storeFields: ["address", "page", "title", "text", "code", "errors"],
      tokenize: words,
      processTerm: stem,
    });
    await index.addAllAsync(documents, { chunkSize: 12 });
    const pairs = Object.entries(synonyms).map(([says, means]) => [
      words(says).map(stem).filter(Boolean),
      means.flatMap(words).map(stem).filter(Boolean),
    ]);
    const phrases = new Map();
    for (const { id, title, errors } of documents) {
      if (!errors) continue;
      if (id % 12 === 0) await pause();
      for (const run of runs(`${title}\n${errors}`)) {
        phrases.set(run, [...(phrases.get(run) ?? []), id]);
      }
    }
    await pause();
    return { index, phrases, questions: questionsOf(documents), synonyms: pairs, elsewhere: new Set(elsewhere), count: documents.length };
  };

  let ready;
  const prepare = () => {
    ready ??= Promise.all([load("vendor/minisearch.js"), load("sections.js")]).then(build);
    return ready;
  };

  const search = async (query, isError = AN_ERROR.test(query)) => {
    const { index, phrases, questions, synonyms, elsewhere, count } = await prepare();
    const asked = terms(query, synonyms);
    if (!asked.size) return [];
    const boost = isError ? FIELDS : FOR_A_QUESTION;
    const least = isError ? LEAST_FOR_AN_ERROR : LEAST;
    const missing = stem(/No module named '(\w+)/.exec(query)?.[1] ?? "");
    const foreign = words(readable(query)).filter((word) => elsewhere.has(word.toLowerCase())).map(stem).filter(Boolean);
    const hits = new Map();
    let most = 0; // that a section can have of the words' rarity
    for (const [term, share] of asked) {
      const exact = index.search(term, { boost, tokenize: (text) => [text], processTerm: (each) => each });
      const known = exact.length ? exact : index.search(term, {
        boost, tokenize: (text) => [text], processTerm: (each) => each,
        prefix: term.length > 3, fuzzy: term.length > 5 ? 1 : false,
      });
      if (!exact.length && term === missing) return []; // a module that the book never imports
      const rarity = Math.log(1 + (count - exact.length + 0.5) / (exact.length + 0.5));
      if (share === 1) most += rarity;
      for (const hit of known) {
        const entry = hits.get(hit.id) ?? { ...hit, score: 0, met: 0, own: new Set() };
        const loss = exact.length ? 1 : 0.3; // a guess at a typing error
        entry.score += share * hit.score * loss;
        if (share === 1) entry.met += rarity * loss;
        if (exact.length && Object.values(hit.match).flat().some((field) => field !== "asked")) entry.own.add(term);
        hits.set(hit.id, entry);
      }
    }
    const same = new Map();
    for (const run of runs(readable(query))) {
      const ids = phrases.get(run) ?? [];
      for (const id of ids) same.set(id, (same.get(id) ?? 0) + 1 / Math.sqrt(ids.length));
    }
    const like = isError ? new Map() : likeness(asked, questions);
    const kind = ({ address }) => (isError ? 1 : KINDS.find(([is]) => is.test(address))?.[1] ?? 1);
    return [...hits.values()]
      .map((hit) => ({ ...hit, coverage: hit.met / most, same: same.get(hit.id) ?? 0, like: like.get(hit.id) ?? 0 }))
      .map((hit) => ({ ...hit, score: (hit.score * (0.2 + hit.coverage) * (1 + (isError ? SAME * hit.same : 0)) + LIKE * hit.like) * kind(hit) }))
      // What has a name from elsewhere is only for those who ask that very thing, or have the name in their own text.
      .filter((hit) => hit.like >= VERY_LIKE || hit.same >= WORD_FOR_WORD || foreign.every((term) => hit.own.has(term)))
      .filter((hit) => hit.same >= WORD_FOR_WORD || (hit.coverage + hit.like >= (isError ? ENOUGH : TOGETHER) && hit.score >= least))
      .sort((one, other) => other.score - one.score)
      .slice(0, SHOWN);
  };

  // What is shown.

  const context = (hit, query) => {
    const wanted = new Set(words(readable(query)).map(stem).filter(Boolean));
    const text = [hit.text, hit.code, hit.errors].find((each) => each && words(each).some((word) => wanted.has(stem(word)))) || hit.text || hit.code;
    const at = [...text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)].find(([word]) => wanted.has(stem(word)))?.index ?? 0;
    const from = at < 60 ? 0 : text.indexOf(" ", at - 60) + 1;
    return (from ? "… " : "") + text.slice(from, from + 180).replace(/\s\S*$/, "") + (text.length > from + 180 ? " …" : "");
  };

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const root = new URL("..", HERE);
  const show = (list, status, hits, query) => {
    list.replaceChildren(...hits.map((hit) =>
      element("li", {}, element("a", { href: new URL(hit.address, root) },
        element("span", { className: "found__title" }, hit.title),
        element("span", { className: "found__page" }, hit.page === hit.title ? "" : hit.page),
        element("span", { className: "found__context" }, context(hit, query))))));
    if (!query.trim()) status.replaceChildren();
    else if (hits.length) status.replaceChildren(`${hits.length} ${hits.length === 1 ? "section" : "sections"}`);
    else status.replaceChildren("Nothing here is about that. Try the name of a function, the words of an error, or ",
      element("a", { href: new URL(list.dataset.symptoms, root) }, "start from the symptom"), ".");
  };

  const attach = (form) => {
    const field = form.querySelector("[name=q]");
    const list = form.parentElement.querySelector(".found");
    const status = form.parentElement.querySelector(".found-status");
    const asksForErrors = form.dataset.asks === "error" || undefined;
    let turn = 0;
    const update = async () => {
      const mine = ++turn;
      const query = field.value;
      const hits = query.trim() ? await search(query, asksForErrors) : [];
      if (mine === turn) show(list, status, hits, query);
    };
    field.addEventListener("input", update);
    field.addEventListener("focus", prepare, { once: true });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await update();
      list.querySelector("a")?.click();
    });
    form.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || (event.target === field && step < 0)) return;
      const links = [...list.querySelectorAll("a")];
      const next = links.indexOf(document.activeElement) + step;
      event.preventDefault();
      (next < 0 ? field : links[Math.min(next, links.length - 1)])?.focus();
    });
    return { field, update };
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form.search-form")) {
      const { field, update } = attach(form);
      const asked = new URLSearchParams(location.search).get("q");
      if (asked && form.dataset.asks === "address") {
        field.value = asked;
        update();
      }
    }
    const dialog = document.getElementById("search-dialog");
    if (!dialog) return;
    const open = (event) => {
      event.preventDefault();
      if (!dialog.open) dialog.showModal();
      dialog.querySelector("[name=q]").focus();
    };
    for (const button of document.querySelectorAll(".search-button__button")) button.addEventListener("click", open);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside the box
    });
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
      if (slash || k) open(event);
    });
  });

  // For tests: the addresses of what a query finds.
  window.searchFor = async (query) => (await search(query)).map((hit) => hit.address);
})();
