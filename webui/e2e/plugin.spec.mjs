// The helpdesk's plugin and the card in a frame, in a real browser: with the script that the
// server gives out, a helpdesk that is played by the test, and cards that the gateway has signed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { open } from "./browser.mjs";
import { gallery } from "./gallery.mjs";

let browser, office, house, plugin, signed;
before(async () => {
  // In an office the browser asks once whether the helpdesk may reach the local network; here it was told yes.
  const launched = chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"] });
  [browser, office, house] = await Promise.all([open(), launched, gallery()]);
  await fetch(`${house.url}/scene/helpdesk?lang=ru`);
  plugin = await (await fetch(`${house.url}/settings/helpdesk/plugin.html`)).text();
  signed = await (await fetch(`${house.url}/plugin-mail?counter=5`)).json();
});
after(async () => { await browser?.close(); await office?.close(); house?.end(); });

// hosted opens the plugin inside a page of the helpdesk, whose window.HDE answers with a mail.
async function hosted({ mail = signed.mail, key = signed.key, without = [], ticket = 1042 } = {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => { if (m.type() === "error") complaints.push(m.text()); });
  page.on("dialog", (d) => { complaints.push("dialog: " + d.message()); d.dismiss(); });
  const foreign = [];
  page.on("request", (r) => { if (!r.url().startsWith(house.url)) foreign.push(r.url()); });
  await page.route("**/custom/**", (route) => route.fulfill({
    contentType: "text/html; charset=utf-8",
    body: route.request().url().endsWith("host.html") ? '<!doctype html><title>helpdesk</title><iframe src="/custom/plugin.html" width="380" height="700"></iframe>' : plugin,
  }));
  await page.addInitScript(({ mail, key, without, ticket }) => {
    if (window === window.top) { window.said = []; return; }
    window.HDE = {
      vars: { VESTNIK_KEY: key },
      on: (name, then) => { if (name === "ready") addEventListener("DOMContentLoaded", then); },
      watch: (name, then) => { window.top["watched_" + name] = then; },
      getState: () => ({ plugin: { name: "Vestnik", showButton: false }, ticketId: window.top.ticket === undefined ? ticket : window.top.ticket, ticketValues: { editorContent: "<p>Добрый день!</p>" } }),
      webhook: async ({ endpoint, value }) => { window.top.said.push(["webhook", endpoint, value]); await window.top.late; return { data: { data: window.top.empty ? null : window.top.mail ?? mail } }; },
      emit: (name, value) => { window.top.said.push([name, JSON.parse(JSON.stringify(value))]); },
    };
    for (const name of without) delete window.HDE[name];
    if (without.includes("HDE")) delete window.HDE;
  }, { mail, key, without, ticket });
  await page.goto(`${house.url}/custom/host.html`);
  const frame = page.frameLocator("iframe");
  await page.waitForLoadState("networkidle");
  return { page, frame, complaints, foreign, said: () => page.evaluate(() => window.said), close: () => context.close() };
}

test("a signed card is shown, and what people write into names stays text", async () => {
  const { page, frame, complaints, foreign, said, close } = await hosted();
  await frame.getByText("№ 5123А").waitFor();
  const text = await frame.locator("#card").innerText();
  assert.match(text, /<script>alert\(1\)<\/script> "Ян" & Ко <img src=x onerror=alert\(2\)>/);
  assert.match(text, /<svg\/onload=alert\(4\)>/);
  assert.equal(await frame.locator("#card script, #card img, #card svg, #card iframe").count(), 0);
  await frame.getByRole("button", { name: "Вставить в ответ: № 5123А" }).click();
  const inserted = (await said()).find(([name]) => name === "setTicketValue");
  assert.deepEqual(inserted[1], { field: "editorContent", value: "<p>Добрый день!</p><p>Заказ 5123А &lt;b&gt;едет&lt;/b&gt;</p>" });
  assert.deepEqual((await said()).find(([name]) => name === "webhook"), ["webhook", "card", 1042]);
  assert.equal((await said()).find(([name]) => name === "setPlugin")[1].showButton, true);
  const link = frame.getByRole("link", { name: "Открыть живую карточку" });
  assert.equal(await link.getAttribute("href"), "http://vestnik.local:8480/card/t/1042");
  assert.deepEqual(complaints, []);
  assert.deepEqual(foreign, []);
  await close();
});

test("a card goes with its ticket: nothing of one customer is seen or written in another's", async () => {
  const { page, frame, said, complaints, close } = await hosted();
  await frame.getByText("№ 5123А").waitFor();
  const insertButton = frame.getByRole("button", { name: "Вставить в ответ: № 5123А" });
  // The operator has gone on to another ticket, and the page has not told the plugin yet.
  await page.evaluate(() => { window.ticket = 2099; window.empty = true; });
  await insertButton.click();
  assert.deepEqual((await said()).filter(([name]) => name === "setTicketValue"), []);
  await frame.locator("#card").waitFor({ state: "hidden" });
  assert.equal(await frame.locator("#card").innerText(), "");
  // Back, and the answer for the first one comes when the second is open already.
  await page.evaluate(() => {
    window.ticket = 1042; window.empty = false;
    window.late = new Promise((go) => { window.answer = go; });
    window.watched_ticketValues();
  });
  await page.evaluate(() => { window.ticket = 2099; window.answer(); });
  await page.waitForFunction(() => window.said.filter(([name]) => name === "webhook").length >= 2);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await frame.locator("#card").innerText(), "");
  // The form of a new ticket has no card.
  await page.evaluate(() => { window.late = undefined; window.ticket = null; window.watched_ticketValues(); });
  assert.equal(await frame.locator("#card").innerText(), "");
  assert.deepEqual(complaints, []);
  await close();
});

test("a card that Vestnik has not signed for this ticket is not shown", async () => {
  const { mail } = signed;
  for (const [name, change] of Object.entries({
    "another card": { mail: { ...mail, card: mail.card.replace("5123А", "6666") } },
    "another ticket": { ticket: 1043 },
    "a ticket written over": { ticket: 1043, mail: { ...mail, ticketId: 1043 } },
    "another time": { mail: { ...mail, updatedAt: new Date().toISOString() } },
    "another counter": { mail: { ...mail, counter: mail.counter + 1 } },
    "no signature": { mail: { ...mail, sig: "" } },
    "no key": { key: "" },
  })) {
    const { frame, complaints, close } = await hosted(change);
    await frame.getByText("не подписана вашим Vestnik").waitFor();
    assert.equal(await frame.getByText("№").count(), 0, name);
    assert.deepEqual(complaints, [], name);
    await close();
  }
});

test("a card that is older than one that was shown is refused", async () => {
  const older = (await (await fetch(`${house.url}/plugin-mail?counter=4`)).json()).mail;
  const newer = (await (await fetch(`${house.url}/plugin-mail?counter=6`)).json()).mail;
  const { page, frame, close } = await hosted();
  await frame.getByText("№ 5123А").waitFor();
  const brings = (mail) => page.evaluate((m) => { window.mail = m; window.watched_ticketValues({}); }, mail);
  await brings(older);
  await frame.getByText("не подписана вашим Vestnik").waitFor();
  await brings(newer);
  await frame.getByText("№ 5123А").waitFor();
  await close();
});

test("without a function that is needed the plugin says nothing", async () => {
  for (const without of [["HDE"], ["webhook"], ["getState"]]) {
    const { frame, complaints, close } = await hosted({ without });
    assert.equal(await frame.locator("#card").isVisible(), false, without.join());
    assert.deepEqual(complaints, [], without.join());
    await close();
  }
  for (const without of [["watch"], ["emit"], ["on"]]) { // these it can do without
    const { frame, complaints, close } = await hosted({ without });
    await frame.getByText("№ 5123А").waitFor();
    assert.equal(await frame.getByRole("button").count() > 0, !without.includes("emit"));
    assert.deepEqual(complaints, [], without.join());
    await close();
  }
});

test("an empty mailbox shows nothing", async () => {
  const { frame, complaints, close } = await hosted({ mail: null });
  assert.equal(await frame.locator("#card").isVisible(), false);
  assert.deepEqual(complaints, []);
  await close();
});

// chatwoot is a page of the origin that may frame the card, or of another one.
async function chatwoot(origin) {
  const context = await office.newContext({ viewport: { width: 400, height: 760 } });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => { if (m.type() === "error") complaints.push(m.text()); });
  await page.route(`${origin}/**`, (route) => route.fulfill({
    contentType: "text/html; charset=utf-8",
    body: `<!doctype html><title>chat</title><script>window.heard=[];addEventListener("message",(e)=>window.heard.push([e.origin,e.data]));</script><iframe width="380" height="700" src="${house.url}/card/embed"></iframe>`,
  }));
  await page.goto(`${origin}/app`);
  const tell = (from, contact) => page.evaluate(([who]) => document.querySelector("iframe").contentWindow.postMessage(JSON.stringify({ event: "appContext", data: { contact: who } }), "*"), [contact, from]);
  return { context, page, complaints, tell, frame: page.frameLocator("iframe") };
}

test("a frame asks its helpdesk who writes, lets a person in, and shows the card", async () => {
  await fetch(`${house.url}/scene/embed-token?lang=ru`); // a shop and an operator's login
  const { context, page, complaints, tell, frame } = await chatwoot("https://chat.lavka.example");
  const enter = frame.getByRole("button", { name: "Войти" });
  await enter.waitFor();
  await page.waitForFunction(() => window.heard.length > 0);
  assert.deepEqual(await page.evaluate(() => window.heard[0][1]), "chatwoot-dashboard-app:fetch-info");
  await tell("host", { email: "a.petrova@example.com", phone_number: "+79161234568" });
  assert.equal(await frame.getByText("Анна").count(), 0);
  const popup = page.waitForEvent("popup");
  await enter.click();
  await popup;
  await frame.getByRole("heading", { name: /Анна Сергеевна Петрова/ }).waitFor();
  assert.equal(await enter.isVisible(), false);
  await tell("host", { email: "nobody@example.com" });
  await frame.getByText("такого клиента нет").waitFor();
  // What an inner frame or another site says is not heard.
  await page.evaluate(() => { const f = document.createElement("iframe"); f.srcdoc = "<script>parent.document.querySelector('iframe').contentWindow.postMessage(JSON.stringify({event:'appContext',data:{contact:{email:'a.petrova@example.com'}}}),'*')<\/script>"; document.body.append(f); });
  await page.waitForTimeout(300);
  assert.equal(await frame.getByText("Анна").count(), 0);
  // The page never hears the token.
  assert.equal(JSON.stringify(await page.evaluate(() => window.heard)).includes("token"), false);
  assert.deepEqual(complaints.filter((c) => !/401/.test(c)), []);
  await context.close();
});

test("another site cannot frame the card", async () => {
  await fetch(`${house.url}/scene/embed-token?lang=ru`);
  const { context, frame, complaints } = await chatwoot("https://evil.example");
  await assert.rejects(frame.getByRole("button", { name: "Войти" }).waitFor({ timeout: 1500 }));
  assert.match(complaints.join("\n"), /frame-ancestors/);
  await context.close();
});
