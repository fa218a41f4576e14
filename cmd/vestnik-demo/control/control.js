// The control page: a button posts its form and shows the world that comes back; the
// stream says when something changed meanwhile. What somebody is typing, where he has
// scrolled and what he has opened stays through that.
const world = document.getElementById("world");
const note = document.getElementById("note");
let shown = "";

const keyOf = (input) => [input.form.getAttribute("action"), ...[...input.form.querySelectorAll("input[type=hidden]")].map((h) => h.value), input.name].join("|");
const inputs = () => [...world.querySelectorAll(".part input[type=text], .part select")];
const screens = () => [...world.querySelectorAll(".screen")];
const lists = () => [...world.querySelectorAll(".list[data-key]")];

function draw(text) {
  const typed = new Map(inputs().filter((i) => i.value).map((i) => [keyOf(i), i.value]));
  const at = document.activeElement;
  const focus = at && inputs().includes(at) ? { key: keyOf(at), from: at.selectionStart, to: at.selectionEnd } : null;
  const up = new Map(screens().filter((s) => s.scrollHeight - s.clientHeight - s.scrollTop > 8).map((s) => [s.dataset.key, s.scrollTop]));
  const opened = [...world.querySelectorAll("details[open]")].map((d) => d.id);
  const lay = new Map(lists().map((l) => [l.dataset.key, l.scrollTop]));
  // The parts, with rules between them, are drawn anew; the frame beside the tickets is not.
  const parts = text.split("<hr>");
  world.querySelectorAll(".part").forEach((part, i) => { part.innerHTML = parts[i]; });
  for (const input of inputs()) {
    const key = keyOf(input);
    if (typed.has(key)) input.value = typed.get(key);
    if (focus?.key !== key) continue;
    input.focus({ preventScroll: true });
    if (input.type === "text") input.setSelectionRange(focus.from, focus.to);
  }
  for (const screen of screens()) screen.scrollTop = up.get(screen.dataset.key) ?? screen.scrollHeight;
  for (const list of lists()) list.scrollTop = lay.get(list.dataset.key) ?? 0;
  tellFrame();
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
}

async function show(response) {
  const text = await response.text();
  if (!response.ok) {
    note.textContent = text;
    return;
  }
  if (text !== shown) draw(shown = text);
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const path = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  form.querySelectorAll("input[type=text]").forEach((input) => { input.value = ""; });
  note.textContent = "";
  await show(await fetch(path, { method: "POST", body }));
});

// The card beside the ticket, in a frame of the product's. It asks who is meant as Chatwoot's
// frames do, and is told when another ticket lies open.
const beside = document.getElementById("beside-do");
const frame = document.querySelector("#beside iframe");
const words = beside.textContent;
let told = "";
let listens = false; // the page in the frame is there

function tellFrame(anew) {
  const open = world.querySelector(".ticket");
  if (frame.hidden || !listens || !open) return;
  const who = JSON.stringify({ event: "appContext", data: { contact: { email: open.dataset.email, phone_number: open.dataset.phone } } });
  if (who === told && !anew) return;
  told = who;
  frame.contentWindow.postMessage(who, new URL(beside.dataset.frame).origin);
}

beside.addEventListener("click", () => {
  frame.hidden = !frame.hidden;
  beside.setAttribute("aria-expanded", String(!frame.hidden));
  beside.textContent = frame.hidden ? words : beside.dataset.hide;
  document.getElementById("tickets").classList.toggle("wide", !frame.hidden);
  if (!frame.hidden && !frame.src) frame.src = beside.dataset.frame;
  else tellFrame();
});

addEventListener("message", (event) => {
  if (event.source === frame.contentWindow && event.origin === new URL(beside.dataset.frame).origin && event.data === "chatwoot-dashboard-app:fetch-info") {
    listens = true;
    tellFrame(true);
  }
});

for (const screen of screens()) screen.scrollTop = screen.scrollHeight;
new EventSource("/events").addEventListener("message", async () => {
  await show(await fetch("/world"));
});
