// What the browser tests share: the built demo as a child process, a browser that
// notes everything it should not see, the outside world as one plays it on the control
// page, and an accessibility check of every page that is looked at.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import jsQR from "jsqr";
import { PNG } from "pngjs";

import { open } from "./browser.mjs";

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const demoPath = fileURLToPath(new URL("../../bin/vestnik-demo", import.meta.url));

// How long a page may take, in ms: drawing itself, and an outside answer (one reading of
// the CRM's history is up to 10 s away, then come the pause between messages and the
// network).
export const SOON = 10_000;
export const OUTSIDE = 40_000;

// startDemo runs the built demo and answers what it printed: at its first start, with a
// setup code, or as a shop that is set up but for the phone, with the owner's login.
// stop ends this very child.
export async function startDemo({ fresh }) {
  assert.ok(existsSync(demoPath), `${demoPath} is missing: run make build`);
  const args = ["--verbose", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"];
  const child = spawn(demoPath, fresh ? ["--fresh", ...args] : args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let said = "";
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => { log += text; });
  child.stdout.setEncoding("utf8");
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(late);
    }
    assert.equal(child.signalCode, null, `the demo did not end by itself; it said: ${log}`);
    assert.equal(child.exitCode, 0, `the demo ended with ${child.exitCode}: ${log}`);
  };
  for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
    said += text;
    if (said.includes("Ctrl-C")) break;
  }
  child.stdout.resume();
  const find = (pattern) => {
    const found = said.match(pattern);
    assert.ok(found, `the demo did not print ${pattern}: ${said}${log}`);
    return found[1];
  };
  try {
    const demo = { pages: find(/pages\s+(http:\/\/[^/\s]+)/), control: find(/control\s+(http:\/\/[^/\s]+)/), stop, log: () => log, pid: child.pid };
    if (!fresh) return { ...demo, password: find(/password (\S+)/) };
    return { ...demo, code: find(/setup code\s+(\S+)/), crm: find(/CRM\s+(http:\/\/\S+)/), key: find(/key (\S+)/) };
  } catch (err) {
    child.kill("SIGKILL");
    throw err;
  }
}

// Person is somebody with a browser of his own: cookies apart from everybody else's.
// What his pages write to the console, throw or ask of foreign hosts is kept, and
// assertClean fails on it.
export class Person {
  #faults = [];
  #expected = new Set();
  #allowed = new Set();

  static async sitsDown(browser, origin) {
    const context = await browser.newContext({ baseURL: origin, locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(SOON);
    const person = new Person();
    person.context = context;
    person.origin = origin;
    person.page = await context.newPage();
    person.#watch();
    return person;
  }

  #watch() {
    this.context.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const status = message.text().match(/responded with a status of (\d+)/)?.[1];
      if (status && this.#expected.has(Number(status))) return;
      this.#faults.push(`console ${message.type()} on ${message.page()?.url()}: ${message.text()}`);
    });
    this.context.on("weberror", (error) => this.#faults.push(`script error: ${error.error().stack}`));
    this.context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== this.origin && !this.#allowed.has(url.origin) && url.protocol !== "data:") this.#faults.push(`asked a foreign host: ${request.url()}`);
    });
    this.context.on("response", (response) => {
      if (response.status() >= 500) this.#faults.push(`${response.status()} from ${response.request().method()} ${response.url()}`);
    });
  }

  // expects names the refusals that are part of the story: a browser writes each into
  // its console.
  expects(...statuses) {
    for (const status of statuses) this.#expected.add(status);
  }

  // allows names a site besides that a page of the story shows or leads to.
  allows(origin) { this.#allowed.add(origin); }

  // narrow makes the window as wide as a phone.
  narrow() { return this.page.setViewportSize({ width: 360, height: 740 }); }

  // opens goes to a page and looks it over.
  async opens(path, status = 200) {
    const response = await this.page.goto(path);
    assert.equal(response.status(), status, `${path} answered ${response.status()}`);
    await this.looksOver();
  }

  // looksOver checks that the page as it stands can be used by everybody, by day and by
  // night.
  async looksOver() {
    const sideways = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(sideways <= 0, `${this.page.url()} scrolls ${sideways} px sideways`);
    for (const colorScheme of ["dark", "light"]) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      assert.deepEqual(await accessibility(this.page), [], `accessibility of ${this.page.url()}, ${colorScheme}`);
    }
  }

  button(name) { return this.page.getByRole("button", { name, exact: true }).filter({ visible: true }); }

  menu(name) { return this.page.getByRole("navigation", { name: "Меню" }).getByRole("link", { name, exact: true }); }

  link(name) { return this.page.getByRole("link", { name, exact: true }).filter({ visible: true }); }

  field(label) { return this.page.getByLabel(label, { exact: true }); }

  // logsIn as somebody who has a login.
  async logsIn(name, password) {
    await this.page.goto("/login");
    await this.field("Имя").fill(name);
    await this.field("Пароль").fill(password);
    await this.button("Войти").click();
    await this.page.getByRole("heading", { name: "Обзор" }).waitFor();
  }

  sees(text, timeout = SOON) {
    return this.page.getByText(text).filter({ visible: true }).first().waitFor({ timeout });
  }

  assertClean() {
    assert.deepEqual(this.#faults, []);
  }

  // shows is the page in words, for the one who reads why a test failed.
  async shows() {
    const text = await this.page.locator("body").innerText({ timeout: 1000 }).catch((err) => String(err));
    return `\n--- ${this.page.url()} showed:\n${text.replace(/\n{2,}/g, "\n").slice(0, 3000)}`;
  }

  leaves() {
    return this.context.close();
  }
}

// story makes the steps of a story: the first that fails says what the people saw and
// the daemon wrote, and the rest are not told.
export function story(t, demo, ...people) {
  let broken = false;
  return (name, tell) => t.test(name, async (step) => {
    if (broken) return step.skip("an earlier step failed");
    try {
      await tell();
    } catch (err) {
      broken = true;
      for (const person of people) err.message += await person.shows();
      err.message += `\n--- the end of the log:\n${demo.log().slice(-4000)}`;
      throw err;
    }
  });
}

async function accessibility(page) {
  await page.waitForLoadState("domcontentloaded");
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], iframes: false }));
  return result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`);
}

// readQR reads the code off the screen as a phone's camera would: the whole screen, for the
// code's own node is replaced whenever the page draws itself anew, also in the middle of
// taking its picture.
export async function readQR(page, locator) {
  for (let look = 1; ; look++) {
    await locator.evaluate((code) => code.scrollIntoView({ block: "center" }));
    const picture = PNG.sync.read(await page.screenshot());
    const text = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data;
    if (text || look === 5) return text ?? "";
  }
}

// pairs holds the shop's phone before the code on the page.
export async function pairs(person, world) {
  await person.button("Показать код").click();
  const code = person.page.getByRole("img", { name: "QR-код для привязки телефона" });
  await code.waitFor();
  await person.looksOver();
  const text = await readQR(person.page, code);
  assert.match(text, /^.+(,.+){3,}$/, "the picture is no pairing code");
  await world.scans(text);
  await person.sees("WhatsApp подключён.", OUTSIDE);
}

// World is the outside as one plays it on the demo's control page, in a tab of its own.
// The page draws itself anew every two seconds, so buttons are pressed in one stroke:
// between a real mouse's down and up the button could have been replaced.
export class World {
  static async of(browser, origin) {
    const world = new World();
    world.origin = origin;
    world.person = await Person.sitsDown(browser, origin);
    world.page = world.person.page;
    await world.page.goto("/");
    return world;
  }

  async press(button) {
    const answered = this.page.waitForResponse((r) => r.request().method() === "POST");
    await button.dispatchEvent("click");
    const answer = await answered;
    assert.equal(answer.status(), 200, await answer.text());
  }

  // scans holds the shop's phone before a screen that shows text.
  async scans(text) {
    const answer = await fetch(`${this.origin}/phone/scan`, { method: "POST", body: new URLSearchParams({ qr: text }) });
    assert.equal(answer.status, 200, await answer.text());
  }

  section(name) {
    return this.page.locator("section").filter({ has: this.page.getByRole("heading", { name }) });
  }

  unlink() { return this.press(this.page.getByRole("button", { name: /Выйти с телефона/ })); }

  unplug() { return this.press(this.page.getByRole("button", { name: /Вынуть/ })); }

  plugIn() { return this.press(this.page.getByRole("button", { name: /Вставить/ })); }

  unplugInTheNextSMS() { return this.press(this.page.getByRole("button", { name: /посреди SMS/ })); }

  order(number) {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("cell", { name: number, exact: true }) });
  }

  card(customer) {
    return this.page.locator(".person").filter({ has: this.page.getByRole("heading", { name: customer, exact: true }) });
  }

  moves(number, status) {
    return this.press(this.order(number).getByRole("button", { name: status, exact: true }));
  }

  // orderOf finds an order, not yet in a status, of somebody with or without WhatsApp who
  // is not a given customer.
  async orderOf({ whatsapp, notIn, besides }) {
    const rows = await this.page.getByRole("row").evaluateAll((all) => all.map((row) => [...row.cells].map((c) => c.textContent.trim())));
    const people = await this.page.locator(".person").evaluateAll((all) => all.map((one) => ({
      name: one.querySelector("h3").textContent.trim(), phone: one.dataset.phone, reach: one.querySelector("small").textContent,
    })));
    for (const [number, name, status] of rows) {
      const customer = people.find((p) => p.name === name);
      if (customer && name !== besides?.name && customer.reach.includes("только SMS") !== whatsapp && status !== notIn) return { number, ...customer };
    }
    assert.fail(`no order of a customer ${whatsapp ? "with" : "without"} WhatsApp on the control page`);
  }

  // receives waits until a customer's phone shows a text that came by a channel, and
  // answers it.
  async receives(customer, pattern, channel, timeout = OUTSIDE) {
    const bubble = this.card(customer).locator(".bubble").filter({ hasText: pattern }).filter({ has: this.page.locator("small", { hasText: channel }) });
    await bubble.first().waitFor({ timeout });
    return (await bubble.last().innerText()).replace(/\n[^\n]*$/, "");
  }

  texts(customer) { return this.card(customer).locator(".bubble").count(); }

  marked(number, mark, timeout = OUTSIDE) {
    return this.order(number).getByRole("cell", { name: `WhatsApp: ${mark}`, exact: true }).waitFor({ timeout });
  }

  // phone is a customer's screen in a messenger: "Анна Климова · Telegram".
  phone(customer) {
    return this.page.locator(".chatter").filter({ has: this.page.getByRole("heading", { name: customer, exact: true }) });
  }

  // writes types a text into a field of the control page and sends it.
  async writes(field, text) {
    const answered = this.page.waitForResponse((r) => r.request().method() === "POST");
    await field.fill(text);
    await field.press("Enter");
    const answer = await answered;
    assert.equal(answer.status(), 200, await answer.text());
  }

  chats(customer, text) { return this.writes(this.phone(customer).getByRole("textbox"), text); }

  // reads waits until a customer's screen in a messenger shows a text.
  reads(customer, pattern, timeout = OUTSIDE) {
    return this.phone(customer).locator(".bubble").filter({ hasText: pattern }).first().waitFor({ timeout });
  }

  got(customer) { return this.phone(customer).locator(".bubble").count(); }

  // The operators' window: whom one plays there, and the dialog that lies open.
  get desk() { return this.section(/окно операторов/); }

  sitsDownAs(operator) { return this.press(this.desk.getByRole("button", { name: operator })); }

  async looksAt(customer) {
    await this.press(this.desk.locator(".dialog").filter({ hasText: customer }));
    await this.desk.getByRole("heading", { name: new RegExp(`^${customer}`) }).waitFor();
  }

  does(name) { return this.press(this.desk.getByRole("button", { name })); }

  answers(text) { return this.writes(this.desk.getByLabel("Ответ оператора"), text); }

  responsible(who) {
    return this.desk.locator(".talk .state").filter({ hasText: who }).waitFor({ timeout: OUTSIDE });
  }

  // The helpdesk: who asks there ("VIP", "Незнакомый", …), and the ticket that lies open.
  get tickets() { return this.page.locator("#tickets"); }

  get ticket() { return this.page.locator(".ticket"); }

  // asks makes somebody turn to support, and answers the address of the ticket's live card once
  // the box has written what it knows.
  async asks(who, knows, timeout = OUTSIDE) {
    await this.press(this.tickets.getByRole("button", { name: who }));
    await this.commented(knows, timeout);
    return this.ticket.getByRole("link", { name: /Открыть карточку/ }).getAttribute("href");
  }

  // commented waits until the ticket that lies open has the box's comment.
  commented(text, timeout = OUTSIDE) {
    return this.ticket.locator(".line.note.ours").filter({ hasText: text }).first().waitFor({ timeout });
  }

  // came waits until a list of what came into the CRM has a text: "notes", "notices", "customers".
  came(list, text, timeout = OUTSIDE) {
    return this.page.locator(`#${list} li`).filter({ hasText: text }).first().waitFor({ timeout });
  }

  // luck presses a button of bad luck.
  luck(name) { return this.press(this.section(/Невезение/).getByRole("button", { name })); }

  // assertClean fails on what a simulator was asked and did not know.
  async assertClean() {
    assert.deepEqual(await this.page.getByText("не понято").allInnerTexts(), []);
    this.person.assertClean();
  }
}
