// Support as an operator lives it, in a real browser before the whole demo: tickets come into the
// helpdesk, their comments lead to live cards in a narrow window, and what is done there arrives
// on customers' phones and in the CRM.
import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { OUTSIDE, Person, startDemo, story, World } from "./harness.mjs";

const VIKTOR = "Виктор Ушаков";

test("support, from the ticket to the customer's phone and the CRM", { timeout: 240_000 }, async (t) => {
  const demo = await startDemo({ fresh: false });
  t.after(demo.stop);
  const browser = await open();
  t.after(() => browser.close());
  const world = await World.of(browser, demo.control);
  const vera = await Person.sitsDown(browser, demo.pages);
  const { page } = vera;
  const step = story(t, demo, vera, world.person);
  const heading = (name) => page.getByRole("heading", { name, level: 1 }).waitFor();
  const order = (number) => page.locator(".order").filter({ hasText: number });
  let card = "";

  await step("a VIP asks: the ticket says who it is, is raised, and its link opens the live card", async () => {
    await vera.logsIn("owner", demo.password);
    await vera.narrow();
    card = await world.asks("VIP", /Ушаков Виктор.*VIP.*10476/s);
    assert.ok(card.startsWith(`${demo.pages}/card/t/`), card);
    await world.ticket.locator(".priority").filter({ hasText: "Срочно" }).waitFor({ timeout: OUTSIDE });
    await world.came("notes", /Обращение в поддержку: KTR-\d+ «Где мой заказ\?»/);
    await vera.opens(card);
    await heading(/Ушаков Виктор/);
    await page.locator(".card-head .badge", { hasText: "VIP" }).waitFor();
    await order("10476").getByText("упомянут в обращении").waitFor();
    assert.equal(await order("10451").getByText("упомянут в обращении").count(), 0);
    await vera.sees("Срочность поднята: VIP");
  });

  await step("she sends the order's status by SMS, and his phone shows it", async () => {
    await page.getByRole("button", { name: "Вставить статус в ответ: заказ 10476" }).click();
    const text = vera.field("Сообщение клиенту");
    await text.waitFor();
    assert.match(await text.inputValue(), /10476/);
    await page.getByRole("radio", { name: "SMS" }).check();
    await vera.looksOver();
    await vera.button("Отправить").click();
    await vera.sees("Сообщение в очереди.");
    await world.receives(VIKTOR, /10476/, "SMS");
    await vera.opens(card);
    await page.locator(".card-line").filter({ hasText: "10476" }).filter({ hasText: "SMS" }).first().waitFor();
  });

  await step("she writes a note, and it stands on his card in the CRM", async () => {
    await vera.link("Заметка").click();
    await vera.field("Заметка в карточку RetailCRM").fill("Просил позвонить за час до курьера.");
    await vera.looksOver();
    await vera.button("Записать").click();
    await vera.sees("Записано в RetailCRM.");
    await world.came("notes", /Просил позвонить за час до курьера\./);
    await vera.looksOver();
  });

  await step("the order goes wrong: the open ticket says so", async () => {
    await world.moves("10476", "Доставка перенесена");
    await world.commented(/Внимание: заказ 10476 в статусе «Доставка перенесена»/);
    await page.getByText("Заказ 10476: Доставка перенесена. Нужно решить.").waitFor({ timeout: OUTSIDE });
  });

  await step("somebody unknown asks: she makes a customer, and the CRM has it once", async () => {
    const stranger = await world.asks(/Незнакомый/, /клиента нет.*создать клиента/s);
    await vera.opens(stranger);
    await vera.sees("В RetailCRM такого клиента нет.");
    await vera.sees("m.yuryev@mail.example");
    await vera.button("Создать клиента").click();
    await vera.sees("Клиент создан в RetailCRM.");
    await heading(/Юрьев/);
    await vera.looksOver();
    await world.came("customers", /Марк Юрьев/);
    await world.commented(/Юрьев/);
    assert.equal(await world.page.locator("#customers li").filter({ hasText: "m.yuryev@mail.example" }).count(), 1);
  });

  await step("two customers have one e-mail: she chooses, and that is remembered", async () => {
    const first = await world.asks(/с одним e-mail/, /подходят несколько клиентов/);
    await vera.opens(first);
    await vera.sees("Подходят несколько клиентов. Кто из них пишет?");
    await page.getByRole("button", { name: /Это он: .*Олег/ }).click();
    await vera.sees("Запомнили. В следующий раз выбирать не придётся.");
    await heading(/Панов Олег/);
    await world.commented(/Панов Олег/);
    const next = await world.asks(/с одним e-mail/, /Панов Олег/);
    assert.notEqual(next, first);
    await vera.opens(next);
    await heading(/Панов Олег/);
    await vera.sees("выбран сотрудником");
  });

  await step("the card stands beside the ticket, in a frame", async () => {
    world.person.allows(demo.pages);
    await world.page.getByRole("button", { name: /Показать карточку рядом/ }).click();
    const frame = world.page.frameLocator("#beside iframe");
    const opens = world.person.context.waitForEvent("page");
    await frame.getByRole("button", { name: "Войти" }).click();
    const popup = await opens;
    await popup.getByLabel("Имя", { exact: true }).fill("owner");
    await popup.getByLabel("Пароль", { exact: true }).fill(demo.password);
    await popup.getByRole("button", { name: "Войти" }).click();
    await frame.getByText("Подходят несколько клиентов.").waitFor();
    await world.press(world.tickets.locator(".dialog").filter({ hasText: VIKTOR }).first());
    await frame.getByRole("heading", { name: /Ушаков Виктор/ }).waitFor();
  });

  await step("the settings tell a wrong key from the limit", async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await vera.opens("/settings/helpdesk");
    await vera.sees("HelpDeskEddy подключён.");
    const tried = page.locator(".tried-says");
    await vera.field("Его ключ API").fill("00000000-0000-0000-0000-000000000000");
    await vera.button("Проверить").click();
    await tried.filter({ hasText: "HelpDeskEddy не принял e-mail или ключ." }).waitFor({ timeout: OUTSIDE });
    await vera.looksOver();
    await vera.button("Проверить").click(); // with the key that is kept
    await tried.filter({ hasText: "HelpDeskEddy подключён." }).waitFor({ timeout: OUTSIDE });
    await world.luck(/Бан HelpDeskEddy/);
    await vera.button("Проверить").click();
    await tried.filter({ hasText: /Лимит запросов исчерпан/ }).waitFor({ timeout: OUTSIDE });
    assert.equal(await page.getByText("не принял e-mail или ключ").count(), 0);
    await vera.looksOver();
    await vera.opens("/support");
    await vera.sees(/Лимит запросов исчерпан/);
  });

  await step("nothing else went wrong meanwhile", async () => {
    for (const path of ["/support", "/support/rules", "/support/lessons", "/card"]) await vera.opens(path);
    assert.equal(await page.locator("body").getByText("⟦").count(), 0);
    vera.assertClean();
    await world.person.looksOver();
    await world.assertClean();
  });
});
