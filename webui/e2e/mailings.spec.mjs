// A mailing as a manager makes it, in a real browser before the whole demo: a list as an office
// keeps it, with broken rows; what became of each row; the text; when it will be over; a test to
// her own phone; a first portion and a look at it; the rest, with a pause; and what came of it.
import assert from "node:assert/strict";
import { mkdtemp, open as openFile, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { OUTSIDE, pairs, Person, startDemo, story, World } from "./harness.mjs";

// windows1251 writes text as a Russian Excel saves it.
const letters = new Map([...new TextDecoder("windows-1251").decode(Uint8Array.from({ length: 256 }, (_, i) => i))].map((c, i) => [c, i]));
const windows1251 = (text) => Buffer.from([...text].map((c) => {
  assert.ok(letters.has(c), `${c} is not in windows-1251`);
  return letters.get(c);
}));

const rows = (csv) => csv.replace(/^\ufeff/, "").trim().split(/\r?\n/).map((line) => line.split(";").map((cell) => cell.replace(/^"|"$/g, "")));

test("a mailing, from a list in windows-1251 to its funnel", { timeout: 420_000 }, async (t) => {
  const demo = await startDemo({ fresh: false });
  t.after(demo.stop);
  const browser = await open();
  t.after(() => browser.close());
  const folder = await mkdtemp(join(tmpdir(), "mailing-"));
  t.after(() => rm(folder, { recursive: true }));
  const world = await World.of(browser, demo.control);
  const vera = await Person.sitsDown(browser, demo.pages);
  const { page } = vera;
  const step = story(t, demo, vera, world.person);
  const downloads = async (link) => {
    const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return rows(await readFile(await file.path(), "utf8"));
  };
  const funnel = async () => Object.fromEntries(await page.locator("ol.funnel li").evaluateAll((all) => all.map((li) => [li.querySelector("a").textContent, Number(li.querySelector("b").textContent)])));

  const people = await world.page.locator(".person").evaluateAll((all) => all.map((one) => ({
    name: one.querySelector("h3").textContent.trim(), phone: one.dataset.phone, whatsapp: !one.querySelector("small").textContent.includes("только SMS"),
  })));
  const boss = people.findLast((p) => p.whatsapp);
  const invited = people.filter((p) => p !== boss).slice(0, 9);
  const list = [
    "ФИО;Мобильный;Город;Чай, №",
    ...invited.map((p, i) => `${p.name};${p.phone.replace(/^\+7(...)(...)(..)(..)$/, "8 ($1) $2-$3-$4")};Москва;${5 + i}`),
    "Пётр Ошибкин;12345;Казань;5",
    "Анна Безномерова;;Тула;5",
    `Тот же человек;${invited[0].phone};Москва;7`,
  ].join("\r\n") + "\r\n";

  await step("she logs in, and the shop's phone is linked", async () => {
    await vera.logsIn("owner", demo.password);
    await vera.menu("Телефон").click();
    await pairs(vera, world);
  });

  await step("she begins a mailing", async () => {
    await vera.menu("Рассылки").click();
    await vera.sees("Рассылок пока нет.");
    await vera.looksOver();
    await vera.button("Новая рассылка").click();
    await page.waitForURL("**/whom");
    await vera.field("Название — его видите только вы").fill("Осенние отзывы");
    await page.getByRole("radio", { name: /Файл CSV или Excel/ }).check();
    await vera.sees(/Сохранено в /);
    await vera.looksOver();
  });

  await step("a file of 300 MB is refused at once, in words", async () => {
    const huge = join(folder, "всё.csv");
    const file = await openFile(huge, "w");
    await file.truncate(300 * 2 ** 20);
    await file.close();
    await page.getByLabel("Выберите файл").setInputFiles(huge);
    await vera.sees(/Файл больше 32 МБ/);
  });

  await step("the columns of her list are recognised, and its letters can be put right", async () => {
    const path = join(folder, "клиенты осень.csv");
    await writeFile(path, windows1251(list));
    await page.getByLabel("Выберите файл").setInputFiles(path);
    await vera.sees("клиенты осень.csv");
    const guessed = (column) => page.getByLabel(column, { exact: true }).inputValue();
    assert.equal(await guessed("Кодировка"), "windows-1251");
    assert.equal(await guessed("ФИО"), "name");
    assert.equal(await guessed("Мобильный"), "phone");
    await vera.looksOver();
    await page.getByLabel("Кодировка").selectOption("utf-8");
    await page.getByLabel("ФИО", { exact: true }).waitFor({ state: "detached" });
    await page.getByLabel("Кодировка").selectOption("windows-1251");
    await page.getByLabel("ФИО", { exact: true }).waitFor();
    await page.getByLabel("Чай, №").selectOption({ label: "поле для текста" });
    await vera.sees(/Сохранено в /);
    await vera.field("Как").fill("анкета в лавке");
    await vera.field("Когда").fill("2026-01-15");
  });

  await step("she sees who gets it, and of each broken row why not", async () => {
    await vera.button("Собрать список").click();
    await vera.sees(`Сообщение получат ${invited.length} человек`, OUTSIDE);
    const refused = await page.locator(".refused tbody tr").evaluateAll((all) => all.map((tr) => [tr.cells[0].textContent, tr.cells[1].textContent]));
    const line = (n) => refused.find(([at]) => at === String(invited.length + n))?.[1] ?? "";
    assert.equal(refused.length, 3, JSON.stringify(refused));
    assert.match(line(2), /Пётр Ошибкин.*коротк/is);
    assert.match(line(3), /Анна Безномерова.*не указан/is);
    assert.match(line(4), /Тот же человек.*уже/is);
    await vera.looksOver();
    const report = await downloads(vera.link("Скачать список отказов (CSV)"));
    assert.deepEqual(report.slice(1).map((r) => r[0]).sort(), [2, 3, 4].map((n) => String(invited.length + n)));
    assert.ok(report.slice(1).every((r) => r[3].length > 5), JSON.stringify(report));
    await vera.button("Дальше").click();
  });

  await step("she writes the text and sees it as one of them would get it", async () => {
    await page.waitForURL("**/what");
    const text = page.getByRole("textbox", { name: "Текст" });
    await text.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Добрый день, ");
    await page.getByRole("button", { name: /^Имя/ }).first().click();
    await page.keyboard.type("! Вы брали чай № ");
    await page.getByRole("button", { name: "чай", exact: true }).click();
    await page.keyboard.type(". Расскажите, всё ли понравилось: ");
    await page.getByRole("button", { name: /Ссылка/ }).first().click();
    // Their order is one by chance; whoever it is, the name and the tea are of one row.
    const view = page.locator(".phone-view .bubble").filter({ hasText: /Добрый день, [^!]+! Вы брали чай № \d+\. [\s\S]*lavka\.example[\s\S]*СТОП/ });
    await view.waitFor();
    const [, name, tea] = (await view.innerText()).match(/день, ([^!]+)! Вы брали чай № (\d+)/);
    assert.equal(invited[tea - 5].name, name);
    await vera.sees(/SMS: \d+ част/);
    await vera.looksOver();
    await vera.button("Дальше").click();
  });

  await step("she plans it and sees when it will be over", async () => {
    await page.waitForURL("**/when");
    await page.getByRole("radio", { name: "WhatsApp, если не вышло — SMS" }).check();
    await page.getByRole("radio", { name: "в любое время" }).check();
    await page.getByRole("radio", { name: "получает SMS" }).check();
    await vera.field("Сначала — небольшая часть").fill("3");
    await page.keyboard.press("Tab");
    await vera.sees(/Сохранено в /);
    await vera.sees(/Закончится (сегодня|завтра) в \d\d:\d\d: /);
    await vera.looksOver();
    await vera.button("Дальше").click();
  });

  await step("the text comes to her own phone first", async () => {
    await page.waitForURL("**/check");
    await vera.looksOver();
    await vera.field("Мой телефон").fill(boss.phone);
    await vera.button("Отправить мне").click();
    await vera.sees(/Проба на /);
    const got = await world.receives(boss.name, /Добрый день[\s\S]*чай № /, "WhatsApp");
    assert.match(got, /lavka\.example[\s\S]*СТОП/);
    await vera.sees(/Проба на .*WhatsApp: (доставлено|прочитано|принято)/i, OUTSIDE);
  });

  await step("she starts it, and the first three get it", async () => {
    await vera.button("Запустить…").click();
    await vera.sees(/Сначала получат 3 человека из 9/);
    await vera.looksOver();
    await vera.button("Да, запустить").click();
    await vera.sees("Рассылка началась.");
    await vera.sees(/Первая часть (уходит|ушла)/, OUTSIDE * 2);
    await vera.sees(/Отправлено 3, /, OUTSIDE); // by SMS it takes longer
    await vera.sees("Первая часть ушла");
    await vera.looksOver();
  });

  await step("she lets the others go, pauses, and goes on", async () => {
    await vera.button("Отправить остальным").click();
    await vera.sees("Рассылка идёт дальше.");
    await vera.button("Пауза").click();
    await vera.sees("Рассылка на паузе");
    await page.locator(".head .badge").filter({ hasText: "На паузе" }).waitFor();
    await vera.looksOver();
    const before = await page.locator(".progress-says b").innerText();
    assert.match(before, /^[3-8] из 9$/, "it was over before it was paused");
    await vera.button("Продолжить").click();
    await page.locator(".progress-says b").filter({ hasText: "9 из 9" }).waitFor({ timeout: OUTSIDE * 3 });
  });

  const answering = invited.filter((p) => p.whatsapp);
  await step("one answers, one says stop, and the funnel has both", async () => {
    const writes = (who, text) => world.writes(world.card(who.name).getByRole("textbox"), text);
    await world.receives(answering[0].name, /Добрый день/, /WhatsApp|SMS/, OUTSIDE);
    await world.receives(answering[1].name, /Добрый день/, /WhatsApp|SMS/, OUTSIDE);
    await writes(answering[0], "Спасибо, всё понравилось!");
    await writes(answering[1], "СТОП");
    for (let tries = 0; ; tries++) {
      await page.reload();
      const now = await funnel();
      if (now["Ответили"] >= 1 && now["Отписались"] === 1 && now["Доставлено"] === 9) break;
      assert.ok(tries < 40, `the funnel stays at ${JSON.stringify(now)}`);
      await page.waitForTimeout(1000);
    }
    assert.equal((await funnel())["Отправлено"], 9);
    await vera.looksOver();
  });

  await step("the funnel by channel, and both tables for a spreadsheet", async () => {
    await vera.link("По каналам").click();
    await page.waitForURL("**/campaigns/*by=channel*");
    await vera.looksOver();
    const byChannel = await downloads(vera.link("Скачать (CSV)"));
    const sum = (column) => byChannel.slice(1).reduce((n, r) => n + Number(r[byChannel[0].indexOf(column)]), 0);
    assert.deepEqual(["Отправлено", "Доставлено", "Отписались"].map(sum), [9, 9, 1]);
    const everybody = await downloads(vera.link("Скачать всех людей с итогом (CSV)"));
    assert.equal(everybody.length, 1 + 9 + 3, JSON.stringify(everybody));
    await page.getByRole("navigation", { name: "Шаги рассылки" }).getByRole("link", { name: "Люди" }).click();
    await page.locator(".recipients").getByText(answering[0].name).click();
    await page.waitForURL("**/messages/*");
    await vera.sees(/Добрый день/);
  });

  await step("nothing else went wrong meanwhile, on a phone neither", async () => {
    await vera.narrow();
    for (const path of ["/campaigns", "/campaigns/1", "/campaigns/1/people?state=out", "/campaigns/1/what", "/campaigns/1/when"]) await vera.opens(path);
    assert.equal(await page.locator("body").getByText("⟦").count(), 0);
    vera.assertClean();
    await world.assertClean();
  });
});
