// Makes the pages live: when something changed, the parts marked `data-live` are fetched again and put in place.
// Everything works without this file; then a page is as fresh as its last load.
"use strict";

(() => {
  const LEAST_PAUSE_MS = 1500; // between two looks, and at least ten times as long as a look takes
  const address = document.body.dataset.events;
  let stale = false;
  let waiting = false;
  let pauseMs = LEAST_PAUSE_MS;

  function isBusy(part) {
    const active = document.activeElement;
    return part.contains(active) && active.matches("input, select, textarea") || part.querySelector("dialog[open]");
  }

  function keepState(part) {
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const scrolled = [...part.querySelectorAll("[id]")].filter((each) => each.scrollLeft || each.scrollTop);
    return {
      focus: active && (active.id ? `#${CSS.escape(active.id)}` : active.href && `a[href="${CSS.escape(active.getAttribute("href"))}"]`),
      open: [...part.querySelectorAll("details[open][id]")].map((each) => each.id),
      scrolls: scrolled.map((each) => [each.id, each.scrollLeft, each.scrollTop]),
    };
  }

  function restoreState(part, kept) {
    kept.open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    kept.scrolls.forEach(([id, left, top]) => document.getElementById(id)?.scrollTo(left, top));
    if (kept.focus) part.querySelector(kept.focus)?.focus({ preventScroll: true });
  }

  function replace(part, fresh) {
    if (!fresh || isBusy(part) || part.innerHTML === fresh.innerHTML) return;
    const kept = keepState(part);
    part.replaceChildren(...fresh.childNodes);
    restoreState(part, kept);
  }

  async function refresh() {
    const parts = [...document.querySelectorAll("[data-live][id]")];
    if (!parts.length) return;
    const started = performance.now();
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (answer.status === 401) return location.reload(); // the session ended elsewhere: to the log-in
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    parts.forEach((part) => replace(part, page.getElementById(part.id)));
    pauseMs = Math.max(LEAST_PAUSE_MS, 10 * (performance.now() - started));
  }

  async function look() {
    if (waiting || document.hidden) return;
    waiting = true;
    while (stale && !document.hidden) {
      stale = false;
      try {
        await refresh();
      } catch {
        // The server is away for a moment: the stream of events tells when it is back.
      }
      await new Promise((done) => setTimeout(done, pauseMs));
    }
    waiting = false;
  }

  function listen() {
    const events = new EventSource(address);
    events.addEventListener("changed", () => {
      stale = true;
      look();
    });
    addEventListener("pagehide", () => events.close());
  }

  document.querySelector(".pages [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (address && document.querySelector("[data-live]")) listen();
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();
