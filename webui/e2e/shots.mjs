// Looks at every scene of the gallery (1280 and 360 px, light and dark, Russian and English)
// with axe, and takes a picture of it into shots/. Fails on a violation, on an error in the
// console, and on a page that scrolls sideways.
//
//   node shots.mjs [--only=REGEXP] [--quick | --all] [--no-pictures]
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { open } from "./browser.mjs";
import { gallery } from "./gallery.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const option = (name) => process.argv.find((a) => a.startsWith(`--${name}`))?.split("=")[1] ?? null;
const only = option("only") ?? "";
const all = [];
for (const width of [1280, 360]) for (const scheme of ["light", "dark"]) for (const lang of ["ru", "en"]) all.push({ width, scheme, lang });
// Four looks have every width, scheme and language; --all has every combination.
const looks = process.argv.includes("--quick") ? all.slice(0, 1) : process.argv.includes("--all") ? all : [all[0], all[3], all[5], all[6]];

const pictures = !process.argv.includes("--no-pictures");

const out = new URL("shots/", import.meta.url);
if (pictures) await mkdir(out, { recursive: true });
const { url, end } = await gallery();
const browser = await open();
const faults = [];

// due tells whether a scene is looked at in a look.
function due(look, name) {
  // Every state of every link and every kind of error has its words checked by gallery_test.go;
  // one look is enough for the picture.
  if (look !== looks[0] && /^(device|pairing-link|error)-/.test(name)) return false;
  // The states of a page are looked at wide by day and narrow by night; the pages themselves four times.
  return looks.length > 4 || look === looks[0] || look === looks.at(-1) || !name.includes("-");
}

// sit opens a page for one scene after the other: a new page each would be a new process each.
async function sit(context, look) {
  const page = await context.newPage();
  let id = "";
  page.on("pageerror", (e) => faults.push(`${id}: ${e.message}`));
  page.on("console", (m) => { if (m.type() === "error" && !/status of [45]/.test(m.text())) faults.push(`${id}: console: ${m.text()}`); });
  return async (name) => {
    id = `${name}-${look.width}-${look.scheme}-${look.lang}`;
    await page.setViewportSize({ width: look.width, height: look.width > 600 ? 800 : 740 });
    await page.goto(`${url}/scene/${name}?lang=${look.lang}`);
    await drawn(page);
    if (pictures) await takePicture(page, id);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${id}: scrolls ${wide} px sideways`);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const v of found.violations) faults.push(`${id}: axe ${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).slice(0, 3).join(" | ")}`);
  };
}

const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function takePicture(page, id) {
  // The viewport grows to the page: chromium repeats the top of some pages when it captures beyond it.
  const { width, height } = page.viewportSize();
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(tall, height) });
  await drawn(page);
  await page.screenshot({ path: new URL(id + ".png", out).pathname });
}

try {
  const names = (await (await fetch(url + "/scenes")).json()).filter((n) => new RegExp(only).test(n));
  for (const look of looks) {
    const context = await browser.newContext({ colorScheme: look.scheme, bypassCSP: true });
    await context.addInitScript({ path: axe });
    const todo = names.filter((name) => due(look, name));
    const worker = async () => {
      const shoot = await sit(context, look);
      for (let name = todo.shift(); name; name = todo.shift()) await shoot(name);
    };
    await Promise.all([worker(), worker()]);
    await context.close();
  }
} finally {
  await browser.close();
  end();
}
const told = [...new Set(faults)];
console.log(told.length ? told.join("\n") : "every page is clean");
process.exit(told.length ? 1 : 0);
