// The pages about customers who write, in a real browser, under the pages' own content policy,
// against the gallery's fixtures: a manager teaches the bot, an operator answers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { gallery } from "./gallery.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser, house;
before(async () => { [browser, house] = await Promise.all([open(), gallery()]); });
after(async () => { await browser?.close(); house?.end(); });

// visit opens a scene and collects what the console complains about, apart from refusals that
// are part of the story.
async function visit(scene, options = {}) {
  const page = await browser.newPage(options);
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => { if (m.type() === "error" && !/status of 4(09|22)/.test(m.text())) complaints.push(m.text()); });
  await page.goto(`${house.url}/scene/${scene}?lang=ru`);
  return { page, complaints };
}

async function usable(page) {
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`), []);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, "the page scrolls sideways");
}

const screen = (page) => page.locator("#phone .screen");

async function says(page, text) {
  await page.getByLabel("Сообщение", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
  await screen(page).getByText(text, { exact: true }).last().waitFor();
}

test("a manager adds a command, tries it on the phone and saves it", async () => {
  const { page, complaints } = await visit("bot");
  await page.getByRole("button", { name: "Добавить команду" }).click();
  const number = page.getByLabel("Номер", { exact: true });
  await page.getByRole("button", { name: /^4 Новая команда/ }).waitFor();
  assert.equal(await number.inputValue(), "4");
  assert.ok(await page.getByText("Есть несохранённые изменения").isVisible());

  await page.getByLabel("Сообщение", { exact: true }).fill("4");
  await page.keyboard.press("Enter");
  await page.getByText("Так бот ответить не сможет. Исправьте:").waitFor();
  await page.locator("main").getByRole("button", { name: "Сохранить" }).first().click();
  await page.getByText("Не сохранено: исправьте то, что перечислено ниже.").waitFor();
  assert.equal(await page.getByLabel("Название, русский").getAttribute("aria-invalid"), "true");
  await usable(page);

  await page.getByLabel("Название, русский").fill("Забрать вечером");
  const phrases = page.getByRole("textbox", { name: "Что может написать клиент: Добавить фразу" });
  await phrases.fill("можно вечером");
  await page.keyboard.press("Enter");
  await phrases.fill("лишнее");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Убрать: лишнее" }).click();
  await page.getByRole("textbox", { name: "Текст, русский" }).click();
  await page.keyboard.type("Ждём до 20:00. ");
  await page.getByText("Подставить в текст").click();
  await page.getByRole("button", { name: "Адрес выдачи" }).click();
  assert.equal(await page.locator("#text-ru").evaluate((e) => e.value), "Ждём до 20:00. {{delivery.address}}");

  await says(page, "а можно вечером зайти?");
  await screen(page).getByText("Ждём до 20:00. ул. Ленина, 5").waitFor();
  await screen(page).getByText("Команда «Забрать вечером».").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "say", "one goes on writing");
  await usable(page);

  await page.locator("main").getByRole("button", { name: "Сохранить" }).first().click();
  await page.getByText("Сохранено. Клиентам бот отвечает уже так.").waitFor();
  assert.ok(await page.getByText("Есть несохранённые изменения").isHidden());
  await page.getByRole("button", { name: /^4 Забрать вечером/ }).waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("moving a command keeps what was typed, and the keyboard's place", async () => {
  const { page, complaints } = await visit("bot");
  await page.getByLabel("Название, русский").fill("Где посылка?");
  await page.getByRole("button", { name: "Ниже" }).click();
  await page.getByRole("button", { name: /^2 Где посылка/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "down-order");
  await page.getByRole("button", { name: "Особые слова" }).click();
  await page.getByRole("heading", { name: "Особые слова" }).waitFor();
  await page.getByRole("button", { name: /^2 Где посылка/ }).click();
  await page.getByText("Клиент пишет «2» или «Где посылка?»").waitFor();
  assert.equal(await page.getByLabel("Название, русский").inputValue(), "Где посылка?");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the phone talks as somebody else, with buttons to tap", async () => {
  const { page, complaints } = await visit("bot");
  await screen(page).getByRole("button", { name: "где мой заказ" }).click();
  await screen(page).getByText("Заказ 10482: Готов к выдаче.").waitFor();
  await page.getByLabel("Вы пишете как").selectOption("several");
  await screen(page).getByText("нажмите пример").waitFor();
  await page.getByLabel("Мессенджер").selectOption("taps");
  await page.waitForFunction(() => document.querySelector("#where").value === "taps");
  await says(page, "где мой заказ");
  await screen(page).getByRole("button", { name: "10481" }).click();
  await screen(page).getByText("Заказ 10481:").waitFor();
  await says(page, "оператор");
  await screen(page).getByText("здесь бот позовёт сотрудника").waitFor();
  await page.getByRole("button", { name: "Вернуть боту" }).click();
  await screen(page).getByText("Вы вернули разговор боту").waitFor();
  await page.getByRole("button", { name: "Начать заново" }).click();
  await screen(page).getByText("нажмите пример").waitFor();
  assert.ok(await page.getByText("Есть несохранённые изменения").isHidden(), "trying changes nothing");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("an operator answers, by the keyboard too", async () => {
  const { page, complaints } = await visit("inbox");
  assert.match(await page.title(), /^\(2\) Диалоги/);
  await page.getByRole("link", { name: /Анна Петрова/ }).click();
  await page.getByRole("heading", { name: "Анна Петрова" }).waitFor();
  await page.getByText("Клиент ждёт человека.").waitFor();
  await usable(page);
  await page.getByLabel("Ответ клиенту").fill("Здравствуйте! Сейчас посмотрю.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".thread").getByText("Здравствуйте! Сейчас посмотрю.").waitFor();
  await page.getByText("Бот молчит до: сегодня, 16:30. Сотрудник написал клиенту.").waitFor();
  assert.ok(await page.getByText("Клиент ждёт человека.").isHidden());
  await page.getByRole("button", { name: "Вернуть боту" }).click();
  await page.getByText("Снова отвечает бот.").waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the inbox draws itself again when somebody writes, and what is typed stays", async () => {
  const { page, complaints } = await visit("inbox-talk", {});
  const live = page.waitForResponse((r) => r.url().endsWith("/events"));
  await page.reload();
  await live;
  await page.getByLabel("Ответ клиенту").fill("пишу");
  const parts = ["part=list&", "part=talk", "/rail"];
  const asked = Promise.all(parts.map((p) => page.waitForResponse((r) => (r.url().includes(p)) && r.status() === 200)));
  await fetch(`${house.url}/poke?topic=inbox`);
  await asked;
  assert.equal(await page.getByLabel("Ответ клиенту").inputValue(), "пишу");
  assert.equal(await page.locator("#talk").count(), 1);
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const [scene, text] of [["bot", "Где мой заказ?"], ["inbox", "Анна Петрова"], ["inbox-talk", "Ответ клиенту"], ["bot-marks", "Олег Смирнов"], ["bot-week", "А можно забрать вечером?"]]) {
  test(`${scene} fits a narrow screen`, async () => {
    const { page, complaints } = await visit(scene, { viewport: { width: 360, height: 700 } });
    await page.locator("main").getByText(text).filter({ visible: true }).first().waitFor();
    await usable(page);
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

test("without scripts the phone, the entries and the answer still work", async () => {
  const { page } = await visit("bot", { javaScriptEnabled: false, viewport: { width: 360, height: 700 } });
  await page.getByLabel("Сообщение", { exact: true }).fill("где мой заказ");
  await page.getByRole("button", { name: "Написать", exact: true }).click();
  await screen(page).getByText("Заказ 10482: Готов к выдаче.").waitFor();
  await page.getByLabel("Название, русский").fill("Где посылка?");
  await page.getByRole("button", { name: "Особые слова" }).click();
  await page.getByRole("heading", { name: "Особые слова" }).waitFor();
  assert.ok(await page.getByText("Где посылка?").first().isVisible());
  assert.match(await page.getByLabel("Отказаться от рекламы").inputValue(), /стоп/);
  await page.close();
});
