/* Keepwell: what visitors do on a website. Nothing is sent or stored before keepwell.consent(true). */
(function (w, d) {
  "use strict";
  var me = d.currentScript;
  var to = new URL(me.src, d.baseURI).origin + "/v1/batch";
  var key = me.dataset.key;
  var asked = null; // true: yes, false: no, null: not yet
  var queue = [];
  var held = [];
  var timer = 0;
  var seen = 0; // when the page came into view
  var seconds = 0;

  function store(name, value) {
    try {
      if (value === undefined) return w.localStorage.getItem(name);
      if (value === null) w.localStorage.removeItem(name);
      else w.localStorage.setItem(name, value);
    } catch (error) {
      /* storage is off */
    }
    return value;
  }

  function id() {
    return Array.from(w.crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  function visitor() {
    return store("kw_visitor") || store("kw_visitor", id());
  }

  function flush(last) {
    clearTimeout(timer);
    timer = 0;
    while (queue.length) {
      var body = JSON.stringify({
        writeKey: key,
        sentAt: new Date().toISOString(),
        batch: queue.splice(0, 20),
      });
      if (last && w.navigator.sendBeacon && w.navigator.sendBeacon(to, body)) continue;
      w.fetch(to, { method: "POST", body: body, keepalive: body.length < 60000 }).catch(function () {});
    }
  }

  function send(type, said) {
    said.type = type;
    said.messageId = id();
    said.timestamp = new Date().toISOString();
    said.context = { page: { path: w.location.pathname, title: d.title }, locale: w.navigator.language };
    if (asked === true) push(said);
    else if (asked === null && held.length < 50) held.push(said);
  }

  function push(said) {
    said.anonymousId = visitor();
    if (!said.userId && store("kw_user")) said.userId = store("kw_user");
    queue.push(said);
    if (queue.length >= 20) flush();
    else if (!timer) timer = w.setTimeout(flush, 1000);
  }

  function leave() {
    if (seen) seconds += (Date.now() - seen) / 1000;
    seen = 0;
    if (seconds >= 1) {
      send("track", {
        event: "Page Left",
        properties: { path: w.location.pathname, seconds: Math.round(seconds) },
      });
    }
    seconds = 0;
    if (asked) flush(true);
  }

  function look() {
    if (d.visibilityState === "visible") seen = seen || Date.now();
    else leave();
  }

  d.addEventListener("visibilitychange", look);
  w.addEventListener("pagehide", leave);
  d.addEventListener(
    "click",
    function (event) {
      var what = event.target.closest && event.target.closest("[data-kw],a[href],button");
      if (!what) return;
      var said = { element: what.dataset.kw || what.id || what.localName, path: w.location.pathname };
      if (what.pathname) said.href = what.host + what.pathname;
      send("track", { event: "Element Clicked", properties: said });
    },
    true
  );

  w.keepwell = {
    consent: function (yes) {
      asked = Boolean(yes);
      store("kw_consent", asked ? "1" : "0");
      if (asked) held.forEach(push);
      else {
        queue = [];
        store("kw_visitor", null);
        store("kw_user", null);
      }
      held = [];
    },
    page: function (name, properties) {
      var said = Object.assign({ path: w.location.pathname }, properties);
      send("page", { name: name || d.title, properties: said });
    },
    track: function (event, properties) {
      send("track", { event: event, properties: properties || {} });
    },
    identify: function (userId, traits) {
      if (asked) store("kw_user", String(userId));
      send("identify", { userId: String(userId), traits: traits || {} });
    },
    reset: function () {
      store("kw_visitor", null);
      store("kw_user", null);
    },
  };
  if (store("kw_consent")) asked = store("kw_consent") === "1";
  look();
  if (me.dataset.page !== "off") w.keepwell.page();
})(window, document);
