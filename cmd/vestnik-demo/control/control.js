// The control page: a button posts its form and shows the world that comes back;
// the stream says when something changed meanwhile.
const world = document.getElementById("world");
let shown = "";
const note = document.getElementById("note");

async function show(response) {
  const text = await response.text();
  if (!response.ok) {
    note.textContent = text;
    return;
  }
  note.textContent = "";
  const active = document.activeElement;
  if (text === shown) return;
  if (active && world.contains(active) && active.matches("input[type=text]") && active.value) return;
  world.innerHTML = shown = text;
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.querySelectorAll("input[type=text]").forEach((input) => { input.value = ""; });
  await show(await fetch(form.getAttribute("action"), { method: "POST", body }));
});

new EventSource("/events").addEventListener("message", async () => {
  await show(await fetch("/world"));
});
