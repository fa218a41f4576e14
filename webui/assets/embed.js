// The card in another helpdesk's frame, and the window that lets it in. The frame believes messages
// from the one origin that the shop named, and takes from them no more than an address and a
// number. Its token stays in memory.
"use strict";
(() => {
  const home = document.getElementById("embed");
  const door = document.getElementById("door");

  if (door) { // the window with a login: it gives the frame a token
    const body = new URLSearchParams({ csrf: door.querySelector("[name=csrf]").value });
    fetch("/card/embed/token", { method: "POST", body }).then((r) => (r.ok ? r.json() : Promise.reject(new Error(r.status)))).then((made) => {
      if (!window.opener) throw new Error("no opener");
      window.opener.postMessage({ vestnik: "token", token: made.token, seconds: made.seconds }, location.origin);
      document.getElementById("door-done").hidden = false;
      setTimeout(() => window.close(), 3000); // the frame closes it sooner: the message of a closed window has no source
    }).catch(() => { document.getElementById("door-failed").hidden = false; });
    return;
  }
  if (!home) return;

  const host = home.dataset.origin;
  const find = (id) => document.getElementById(id);
  let token = null, asked = null, popup = null, renewal = 0, turn = 0;

  const state = (name) => { for (const id of ["embed-in", "embed-wait", "embed-failed"]) find(id).hidden = id !== name; };
  const out = () => { token = null; find("embed-card").replaceChildren(); state("embed-in"); };

  const look = async () => {
    if (!token || !asked) return;
    const mine = ++turn;
    try {
      const answer = await fetch("/card/embed/find", { method: "POST", body: new URLSearchParams(asked), headers: { Authorization: "Bearer " + token, "HX-Request": "true" } });
      if (mine !== turn) return; // the operator has gone on to somebody else
      if (answer.status === 401) { out(); return; }
      if (!answer.ok) throw new Error(answer.status);
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      find("embed-card").replaceChildren(...part.body.childNodes);
      state("");
    } catch {
      if (mine === turn) state("embed-failed");
    }
  };

  const renew = async () => {
    const answer = await fetch("/card/embed/renew", { method: "POST", headers: { Authorization: "Bearer " + token } }).catch(() => null);
    if (answer && answer.ok) keep(await answer.json());
    else if (answer) out();
    else renewal = setTimeout(renew, 30_000);
  };
  const keep = (made) => {
    token = made.token;
    clearTimeout(renewal);
    renewal = setTimeout(renew, made.seconds * 700);
  };

  const hint = (v) => (typeof v === "string" && v.length <= 200 ? v : "");
  addEventListener("message", (e) => {
    if (e.origin === location.origin && popup && e.source === popup && e.data && e.data.vestnik === "token") {
      popup.close();
      popup = null;
      keep(e.data);
      state("embed-wait");
      look();
      return;
    }
    if (e.origin !== host || e.source !== window.parent || typeof e.data !== "string") return;
    let said;
    try { said = JSON.parse(e.data); } catch { return; }
    if (!said || said.event !== "appContext" || !said.data) return;
    const who = said.data.contact || said.data.conversation?.meta?.sender || {};
    asked = { email: hint(who.email), phone: hint(who.phone_number) };
    find("embed-card").replaceChildren();
    if (token) { state("embed-wait"); look(); }
  });

  find("embed-enter").addEventListener("click", () => { popup = window.open("/card/embed/token", "vestnik-door", "popup,width=420,height=560"); });
  find("embed-again").addEventListener("click", look);
  setInterval(() => { if (!document.hidden) look(); }, 60_000);
  if (window.parent !== window) window.parent.postMessage("chatwoot-dashboard-app:fetch-info", host);
})();
