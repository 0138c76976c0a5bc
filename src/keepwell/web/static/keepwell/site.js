/* Keepwell on your website: asks what to show to whoever is here, shows it, tells what became of it.
 *
 *   <script src="https://KEEPWELL/site/keepwell.js" data-site="KEY" defer
 *           data-customer="NUMBER" data-issued="SECONDS" data-signature="HEX"></script>
 *
 * data-theme="auto" follows the visitor's dark mode. Without data-customer it asks for what is for everybody. It keeps no cookie, loads nothing else, and works
 * under a strict content security policy: connect-src (and img-src for pictures) must name their addresses.
 * A page that changes without loading anew may call window.keepwell.ask().
 */
(() => {
    "use strict";
    const tag = document.currentScript;
    if (!tag || window.keepwell) return;
    const home = new URL(tag.src).origin;
    const said = tag.dataset;
    const CLOSED = "keepwell.closed";
    const CLOSED_MAX = 50;
    // How long half of it must be in sight before it counts as seen.
    const SEEN_MS = 1000;
    let present = null;

    const STYLE = `
:host { all: initial; }
* { box-sizing: border-box; }
.box { --paper: var(--keepwell-paper, #fff); --ink: var(--keepwell-ink, #1a2027); --accent: var(--keepwell-accent, #0f5f59);
    --on-accent: var(--keepwell-on-accent, #fff); --line: var(--keepwell-line, #d5dae0);
    font: 16px/1.5 var(--keepwell-font, system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", sans-serif);
    color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
.banner { position: fixed; z-index: 2147483000; left: 0; right: 0; bottom: 0; display: flex; gap: 12px 20px; align-items: center;
    flex-wrap: wrap; padding: 14px 60px 14px 20px; border-top: 1px solid var(--line); box-shadow: 0 -4px 20px rgb(0 0 0 / 12%);
    animation: rise .25s ease-out; }
.banner .words { flex: 1 1 240px; min-width: 0; }
.banner img { width: 64px; height: 64px; object-fit: cover; border-radius: 8px; }
dialog { border: 0; padding: 28px; width: min(440px, calc(100vw - 32px)); max-height: calc(100vh - 32px); overflow: auto;
    border-radius: 14px; box-shadow: 0 12px 48px rgb(0 0 0 / 30%); animation: rise .25s ease-out; }
dialog::backdrop { background: rgb(10 15 20 / 55%); }
dialog img { display: block; width: 100%; max-height: 240px; object-fit: cover; border-radius: 8px; margin: 0 0 16px; }
h2 { margin: 0 28px 4px 0; font-size: 18px; line-height: 1.3; }
p { margin: 0; white-space: pre-line; }
dialog p { margin: 8px 0 0; }
a { display: inline-flex; align-items: center; justify-content: center; min-height: 44px; padding: 8px 20px; border-radius: 8px;
    background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
dialog a { width: 100%; margin-top: 20px; }
button { position: absolute; top: 8px; right: 8px; width: 44px; height: 44px; border: 0; border-radius: 8px; background: transparent;
    color: inherit; font: 24px/1 system-ui, sans-serif; cursor: pointer; }
a:focus-visible, button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
@media (prefers-reduced-motion: reduce) { .banner, dialog { animation: none; } }
@media (prefers-color-scheme: dark) { .auto { --paper: var(--keepwell-paper-dark, #1b2128); --ink: var(--keepwell-ink-dark, #eef1f4);
    --accent: var(--keepwell-accent-dark, #7fd6c8); --on-accent: var(--keepwell-on-accent-dark, #10201d); --line: #3a444f; } }
@media print { .box { display: none; } }
`;

    function closed() {
        try {
            const found = JSON.parse(localStorage.getItem(CLOSED));
            return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
        } catch {
            return [];
        }
    }

    function remember(token) {
        // Of what is meant for a customer the shop's own house remembers it, on every device.
        if (!token.startsWith("n-")) return;
        try {
            localStorage.setItem(CLOSED, JSON.stringify([...closed(), token].slice(-CLOSED_MAX)));
        } catch {
            // A browser that keeps nothing is asked again.
        }
    }

    function post(path, body) {
        // As plain text it needs no question beforehand (CORS preflight), and it outlives the page.
        return fetch(home + path, {
            method: "POST",
            headers: { "Content-Type": "text/plain" },
            body: JSON.stringify(body),
            credentials: "omit",
            keepalive: true,
        });
    }

    function tell(notice, event) {
        if (said.sample) return;
        post("/site/event", { key: said.site, token: notice.token, event }).catch(() => {});
    }

    async function fetched() {
        if (said.sample) return fetch(said.sample, { headers: { Accept: "application/json" } });
        return post("/site/ask", {
            key: said.site,
            customer: said.customer || "",
            issued: Number(said.issued) || 0,
            signature: said.signature || "",
            language: document.documentElement.lang || navigator.language || "",
            closed: said.customer ? [] : closed(),
        });
    }

    function made(name, text, parent) {
        const one = document.createElement(name);
        if (text) one.textContent = text;
        parent.append(one);
        return one;
    }

    function secure(address) {
        return /^https:\/\//i.test(address) ? address : "";
    }

    function watch(box, notice) {
        let timer = 0;
        const watcher = new IntersectionObserver((entries) => {
            clearTimeout(timer);
            if (!entries.some((one) => one.isIntersecting) || document.visibilityState !== "visible") return;
            timer = setTimeout(() => {
                watcher.disconnect();
                tell(notice, "view");
            }, SEEN_MS);
        }, { threshold: 0.5 });
        const again = () => {
            watcher.unobserve(box);
            watcher.observe(box);
        };
        document.addEventListener("visibilitychange", again);
        watcher.observe(box);
        return () => {
            clearTimeout(timer);
            watcher.disconnect();
            document.removeEventListener("visibilitychange", again);
        };
    }

    function show(notice) {
        const host = document.createElement("keepwell-notice");
        const root = host.attachShadow({ mode: "open" });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        root.adoptedStyleSheets = [sheet];
        const isPopup = notice.form === "popup";
        const box = document.createElement(isPopup ? "dialog" : "section");
        box.className = ["box", isPopup ? "" : "banner", said.theme === "auto" ? "auto" : ""].join(" ").trim();
        box.lang = notice.language;
        box.dir = "auto";
        box.setAttribute("aria-labelledby", "title");
        if (secure(notice.image)) {
            const picture = made("img", "", box);
            picture.alt = notice.alt;
            picture.referrerPolicy = "no-referrer";
            picture.src = notice.image;
        }
        const words = made("div", "", box);
        words.className = "words";
        made("h2", notice.title, words).id = "title";
        if (notice.text) made("p", notice.text, words);
        if (secure(notice.url) && notice.label) {
            const link = made("a", notice.label, box);
            link.href = notice.url;
            link.addEventListener("click", () => {
                remember(notice.token);
                tell(notice, "click");
            });
        }
        const button = made("button", "×", box);
        button.type = "button";
        button.setAttribute("aria-label", notice.close);
        root.append(box);
        document.body.append(host);
        const forget = watch(box, notice);
        const end = () => {
            if (present !== host) return;
            present = null;
            forget();
            if (isPopup && box.open) box.close();
            host.remove();
            remember(notice.token);
            tell(notice, "close");
        };
        button.addEventListener("click", end);
        if (isPopup) {
            // Escape, focus inside, and focus back where it was: the dialog's own.
            box.addEventListener("cancel", (event) => {
                event.preventDefault();
                end();
            });
            box.showModal();
        } else {
            box.addEventListener("keydown", (event) => {
                if (event.key === "Escape") end();
            });
        }
        present = host;
    }

    async function ask() {
        if (present || (!said.site && !said.sample)) return;
        try {
            const answer = await fetched();
            if (!answer.ok) return;
            const { notice } = await answer.json();
            if (notice && !present) show(notice);
        } catch {
            // The shop's page goes on without it.
        }
    }

    window.keepwell = { ask };
    if (document.prerendering) document.addEventListener("prerenderingchange", ask, { once: true });
    else if (document.body) ask();
    else document.addEventListener("DOMContentLoaded", ask, { once: true });
})();
