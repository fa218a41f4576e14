// The customer's card in a ticket of HelpDeskEddy. It reads from the plugin's mailbox what
// Vestnik has put there, checks Vestnik's signature, and shows it as text. window.HDE is documented
// nowhere: each of its functions is looked for before it is used, and without one of those that are
// needed nothing is shown at all.
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("words").textContent);
  const place = document.getElementById("card");
  const has = (name) => window.HDE && typeof window.HDE[name] === "function";

  // node makes an element. Its children are elements and texts, never markup.
  const node = (tag, className, ...children) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    e.append(...children.filter((c) => c !== "" && c !== null && c !== undefined));
    return e;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  const show = (...children) => {
    place.replaceChildren(node("h1", "", words.title), ...children);
    place.hidden = false;
  };
  const time = (raw) => {
    const at = new Date(raw);
    return Number.isNaN(at.getTime()) ? "" : at.toLocaleString(document.documentElement.lang, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
  };
  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

  // publicKey is the one that the administrator put into the plugin's variables.
  const publicKey = async () => {
    const vars = window.HDE.vars || {};
    const pem = String(vars.VESTNIK_KEY || "").replace(/-----[^-]*-----/g, "").replace(/\\n|\s/g, "");
    if (!pem) return null;
    return crypto.subtle.importKey("spki", bytes(pem), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  };

  const counters = new Map();
  // genuine tells whether Vestnik signed this card for this ticket, and none newer was seen.
  const genuine = async (mail, ticket) => {
    if (!mail || String(mail.ticketId) !== String(ticket) || typeof mail.card !== "string" || !String(mail.sig).startsWith("p256:")) return false;
    const key = await publicKey();
    if (!key) return false;
    const signed = ["vestnik-card-v1", mail.ticketId, mail.updatedAt, mail.counter, mail.card].join("\n");
    if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(mail.sig.slice(5)), new TextEncoder().encode(signed)))) return false;
    if (Number(mail.counter) < (counters.get(String(ticket)) ?? 0)) return false;
    counters.set(String(ticket), Number(mail.counter));
    return true;
  };

  // ticketNow is the ticket that the operator has before him; "" in the form of a new one.
  const ticketNow = () => String(window.HDE.getState()?.ticketId ?? "");

  // insert puts a text into the operator's reply, after what stands there. The text of one ticket
  // never gets into the reply to another.
  const insert = (text, ticket) => {
    if (ticketNow() !== ticket) { look(); return false; }
    const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\n": "<br>" };
    const quiet = String(text).replace(/[&<>"'\n]/g, (c) => names[c]);
    const values = has("getState") ? window.HDE.getState()?.ticketValues : null;
    window.HDE.emit("setTicketValue", { field: "editorContent", value: (values?.editorContent || "") + "<p>" + quiet + "</p>" });
    return true;
  };

  const order = (o, ticket) => {
    const row = node("li", "", node("p", "", node("b", "", "№ " + o.number), " · ", node("span", o.alert ? "word" : "good", o.status || ""), o.sum ? " · " + o.sum : ""));
    if (Array.isArray(o.items) && o.items.length) row.append(node("p", "soft", o.items.join(", ")));
    if (o.on) row.append(node("p", "soft", fill(words.deliver_on, { day: o.on })));
    if (o.track) row.append(node("p", "soft", fill(words.track, { track: o.track })));
    if (o.say && has("emit")) {
      const button = node("button", "", words.insert);
      button.type = "button";
      button.setAttribute("aria-label", words.insert + ": № " + o.number);
      button.addEventListener("click", () => { if (insert(o.say, ticket)) button.textContent = words.inserted; });
      row.append(button);
    }
    return row;
  };

  const draw = (card, mail, ticket) => {
    const parts = [];
    const live = /^https?:\/\//.test(card.live || "") ? node("a", "", words.live) : null;
    if (live) { live.href = card.live; live.target = "_blank"; live.rel = "noopener noreferrer"; }
    const foot = [];
    if (live) foot.push(node("p", "", live));
    switch (card.status) {
      case "found": break;
      case "ambiguous": return show(node("p", "act", fill(words.many, { n: card.many || 2 })), ...foot);
      case "unknown": return show(node("p", "", words.unknown), ...foot);
      case "": return show(node("p", "soft", words.closed));
      default: return show(node("p", "", words.away), ...foot);
    }
    if (card.name) parts.push(node("p", "", node("b", "", card.name), card.vip ? node("span", "good", " " + words.vip) : "", card.bad ? node("span", "word", " " + words.bad) : ""));
    if (card.says) parts.push(node("p", "soft", card.says));
    if (Date.now() - new Date(mail.updatedAt).getTime() > 86400000) parts.push(node("p", "act", words.old));
    if (Array.isArray(card.orders) && card.orders.length) parts.push(node("h2", "", words.orders), node("ul", "", ...card.orders.map((o) => order(o, ticket))));
    else parts.push(node("p", "soft", words.nothing));
    if (Array.isArray(card.lines) && card.lines.length) {
      parts.push(node("h2", "", words.lines), node("ul", "", ...card.lines.map((l) => node("li", "", node("p", "soft", [time(l.at), words["line." + l.kind] || l.kind].filter(Boolean).join(" · ")), node("p", "", l.text)))));
    }
    if (card.as_of) parts.push(node("p", "soft", fill(words.as_of, { at: time(card.as_of) })));
    return show(...parts, ...foot);
  };

  let shown = ""; // the signature of the card that is shown
  let of = ""; // and its ticket
  const hide = () => { shown = ""; place.replaceChildren(); place.hidden = true; };
  // look shows the card of the ticket of the moment. The page goes from ticket to ticket without
  // being loaded anew, so what comes late for another one is dropped.
  const look = async () => {
    try {
      const ticket = ticketNow();
      if (ticket !== of) { of = ticket; hide(); }
      if (!ticket) return;
      const answer = await window.HDE.webhook({ endpoint: "card", value: window.HDE.getState().ticketId });
      if (ticketNow() !== ticket) return;
      const mail = answer?.data?.data;
      if (!mail) { hide(); return; }
      if (shown && shown === mail.sig) return;
      const trusted = await genuine(mail, ticket);
      if (ticketNow() !== ticket) return;
      if (!trusted) { hide(); show(node("p", "act", words.forged)); return; }
      draw(JSON.parse(mail.card), mail, ticket);
      shown = mail.sig;
    } catch {
      hide(); // the comment in the ticket still has everything
    }
  };

  const start = () => {
    if (!has("getState") || !has("webhook") || !window.crypto?.subtle) return;
    try {
      const state = window.HDE.getState();
      if (state?.plugin && has("emit")) window.HDE.emit("setPlugin", { ...state.plugin, showButton: true });
      if (has("watch")) {
        window.HDE.watch("plugin", (to) => { if (to?.visible) look(); });
        window.HDE.watch("ticketValues", () => look());
      }
    } catch { /* the card is shown without its button */ }
    look();
  };
  if (has("on")) window.HDE.on("ready", start);
  else start();
})();
