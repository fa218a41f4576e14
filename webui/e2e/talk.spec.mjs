// The bot as a manager teaches it and customers meet it, in a real browser before the
// whole demo: a command is added and used; a person takes a conversation over, once in
// the CRM's own window and once on the page, and the bot is silent until it is given back.
import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { OUTSIDE, Person, startDemo, story, World } from "./harness.mjs";

const ANNA = "Анна Климова · Telegram";
const PAVEL = "Павел Рыжов · Telegram";
const ELENA = "Елена Тихонова · Instagram";
const DISCOUNT = "По средам скидка 10 % на весь чай.";

test("the bot, from the manager's page to the customers' phones", { timeout: 240_000 }, async (t) => {
  const demo = await startDemo({ fresh: false });
  t.after(demo.stop);
  const browser = await open();
  t.after(() => browser.close());
  const world = await World.of(browser, demo.control);
  const vera = await Person.sitsDown(browser, demo.pages);
  const { page } = vera;
  const step = story(t, demo, vera, world.person);
  const bot = page.locator("#phone .screen");
  const thread = page.locator(".thread");

  // silentTo waits until the page shows a customer's words with the reason why nobody
  // answered them, and looks whether nobody did.
  const silentTo = async (customer, text, reason) => {
    const before = await world.got(customer);
    await world.chats(customer, text);
    const said = thread.locator(".said").filter({ hasText: text }).filter({ hasText: reason });
    await said.last().waitFor({ timeout: OUTSIDE });
    assert.equal(await world.got(customer), before, `the bot answered ${customer} over a person`);
  };

  await step("she adds a command and tries it on the page's phone", async () => {
    await vera.logsIn("owner", demo.password);
    await vera.menu("Из чата").click();
    await page.getByRole("heading", { name: "Из чата" }).waitFor();
    await vera.looksOver();
    await page.getByRole("button", { name: "Добавить команду" }).click();
    await page.getByRole("button", { name: /^4 Новая команда/ }).waitFor();
    assert.equal(await page.getByLabel("Номер", { exact: true }).inputValue(), "4");
    await page.getByLabel("Название, русский").fill("Скидки");
    const phrases = page.getByRole("textbox", { name: "Что может написать клиент: Добавить фразу" });
    for (const words of ["акции", "промокод"]) {
      await phrases.fill(words);
      await page.keyboard.press("Enter");
    }
    await page.getByRole("textbox", { name: "Текст, русский" }).click();
    await page.keyboard.type(DISCOUNT);
    const say = page.getByLabel("Сообщение", { exact: true });
    await say.fill("есть у вас акции?");
    await page.keyboard.press("Enter");
    await bot.getByText(DISCOUNT).waitFor();
    await bot.getByText("Команда «Скидки».").waitFor();
    await vera.looksOver();
  });

  await step("what she tried is not the customers' yet; what she saves is", async () => {
    await world.chats(PAVEL, "/4");
    await world.reads(PAVEL, "Чем помочь?");
    assert.equal(await world.phone(PAVEL).getByRole("button", { name: "Скидки" }).count(), 0);
    await vera.button("Сохранить").first().click();
    await vera.sees("Сохранено. Клиентам бот отвечает уже так.");
    await vera.looksOver();
    await world.chats(ANNA, "/4");
    await world.reads(ANNA, DISCOUNT);
    await world.chats(PAVEL, "промокод есть?");
    await world.reads(PAVEL, DISCOUNT);
    await world.chats(PAVEL, "меню");
    await world.phone(PAVEL).getByRole("button", { name: "Скидки" }).waitFor();
  });

  await step("the week's page counts the questions", async () => {
    await vera.opens("/bot/week");
    await vera.sees("Скидки");
  });

  await step("she asks for a person, and an operator in the CRM takes over", async () => {
    await world.chats(ANNA, "Позовите человека, пожалуйста");
    await world.reads(ANNA, /Передал сотруднику/);
    await world.looksAt("Анна Климова");
    await world.sitsDownAs(/Ольга Ветрова/);
    await world.does(/Взять себе/);
    await world.responsible("Ольга Ветрова");
    await world.answers("Анна, здравствуйте! Это Ольга.");
    await world.reads(ANNA, "Это Ольга.");
    await vera.menu("Диалоги").click();
    await vera.looksOver();
    await page.getByRole("link", { name: /Анна Климова/ }).click();
    await thread.getByText("Это Ольга.").waitFor();
    await silentTo(ANNA, "/2", /Бот молчит|бот молчит/);
    await vera.looksOver();
  });

  await step("the operator asks the bot, which only staff see", async () => {
    const before = await world.got(ANNA);
    await world.answers("/status");
    await world.desk.locator(".line.note").filter({ hasText: "10467" }).waitFor({ timeout: OUTSIDE });
    assert.equal(await world.got(ANNA), before);
  });

  await step("the operator gives it back, and the bot answers again", async () => {
    await world.does(/Вернуть боту/);
    await world.responsible("бот");
    await world.chats(ANNA, "/2");
    await world.reads(ANNA, /Снова отвечает бот\.[\s\S]*ул\. Лесная, 12/);
  });

  await step("nobody is online; on the page somebody waits, and Vera writes from there", async () => {
    for (const operator of [/Ольга Ветрова/, /Игорь Соболев/]) {
      await world.sitsDownAs(operator);
      await world.does(/Уйти из сети/);
    }
    await world.chats(ELENA, "Можно поговорить с менеджером?");
    await world.reads(ELENA, /Передал сотруднику/);
    await vera.opens("/inbox");
    await page.getByRole("link", { name: /Елена Тихонова/ }).filter({ hasText: "Instagram" }).click();
    await vera.sees("Клиент ждёт человека.");
    await vera.looksOver();
    await page.getByLabel("Ответ клиенту").fill("Елена, здравствуйте! Чем помочь?");
    await page.keyboard.press("Control+Enter");
    await world.reads(ELENA, "Елена, здравствуйте! Чем помочь?");
    await page.getByText("Клиент ждёт человека.").waitFor({ state: "hidden" });
    await silentTo(ELENA, "/2", /Бот молчит|бот молчит/);
    await vera.looksOver();
  });

  await step("she gives it back on the page, and the bot answers again", async () => {
    await vera.button("Вернуть боту").click();
    await vera.sees("Отвечает бот. Напишете сами — он замолчит.");
    await world.chats(ELENA, "/2");
    await world.reads(ELENA, /Снова отвечает бот\.[\s\S]*ул\. Лесная, 12/);
    await thread.getByText("ул. Лесная, 12").waitFor({ timeout: OUTSIDE });
  });

  await step("the chats' key is revoked: the box gets a new one by itself", async () => {
    await world.press(world.page.getByRole("button", { name: /Отозвать ключ чатов/ }));
    await world.chats(PAVEL, "/3");
    await world.phone(PAVEL).getByRole("button", { name: "Цена доставки" }).waitFor({ timeout: OUTSIDE });
  });

  await step("nothing else went wrong meanwhile", async () => {
    for (const path of ["/bot", "/bot/week", "/bot/marks", "/inbox", "/settings/chats"]) await vera.opens(path);
    assert.equal(await page.locator("body").getByText("⟦").count(), 0);
    vera.assertClean();
    await world.person.looksOver();
    await world.assertClean();
  });
});
