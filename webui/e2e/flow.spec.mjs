// The main job as a manager does it, in a real browser: from the first-run wizard to
// the customer's phone, the journal and the checkbox on the order; and what the pages
// say when something is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { OUTSIDE, pairs, Person, startDemo, story, World } from "./harness.mjs";

const READY = "Готов к выдаче";
const OWNER = { name: "Вера", password: "зелёный чайник на окне" };

// stage opens the demo, a browser with somebody before the pages, and the outside world.
async function stage(t, { fresh }) {
  const demo = await startDemo({ fresh });
  t.after(demo.stop);
  const browser = await open();
  t.after(() => browser.close());
  const world = await World.of(browser, demo.control);
  const person = await Person.sitsDown(browser, demo.pages);
  return { demo, browser, world, person };
}

test("from the wizard to the customer's phone", { timeout: 180_000 }, async (t) => {
  const { demo, world, person: vera } = await stage(t, { fresh: true });
  const { page } = vera;
  const step = story(t, demo, vera, world.person);

  await step("the setup code makes her the owner", async () => {
    await vera.opens("/");
    await page.waitForURL("**/setup");
    await vera.field("Код установки").fill("ABCD-EFGH");
    await vera.field("Ваше имя").fill(OWNER.name);
    await vera.field("Пароль").fill(OWNER.password);
    vera.expects(422);
    await vera.button("Дальше").click();
    await vera.sees("Код не подходит. Проверьте его в журнале службы.");
    assert.equal(await vera.field("Ваше имя").inputValue(), OWNER.name);
    await vera.looksOver();
    await vera.field("Код установки").fill(demo.code.toLowerCase());
    await vera.field("Пароль").fill(OWNER.password);
    await vera.button("Дальше").click();
    await page.waitForURL("**/setup/shop");
  });

  await step("she names the shop", async () => {
    await vera.looksOver();
    await vera.field("Название магазина").fill("Лавка на Лесной");
    await vera.button("Дальше").click();
    await page.waitForURL("**/setup/crm");
  });

  await step("she connects RetailCRM after two slips", async () => {
    await vera.looksOver();
    const types = async (url, key, press) => {
      await vera.field("Адрес RetailCRM").fill(url);
      await vera.field("Ключ API").fill(key);
      await vera.button(press).click();
    };
    await types(demo.control, demo.key, "Сохранить и дальше");
    await vera.sees(/По этому адресу нет аккаунта RetailCRM\. Проверьте адрес/);
    await vera.sees("Не сохранено: сначала устраните то, что ниже.");
    await vera.looksOver();
    await types(demo.crm, "not-the-key", "Проверить");
    await vera.sees(/RetailCRM не приняла ключ\. Скопируйте его ещё раз/);
    await types(demo.crm, demo.key, "Проверить");
    await vera.sees("RetailCRM подключена.");
    await vera.field("Ключ API").fill(demo.key);
    await vera.button("Сохранить и дальше").click();
    await page.waitForURL("**/setup/phone");
  });

  await step("she pairs the shop's phone by the code on the page", async () => {
    await vera.looksOver();
    await pairs(vera, world);
    await vera.sees("+7 903 111-22-33");
    await vera.looksOver();
    await vera.link("Дальше").first().click();
    await page.waitForURL("**/setup/modem");
  });

  await step("the modem is on its network", async () => {
    await vera.sees("Модем в сети.");
    await vera.looksOver();
    await vera.link("Дальше").click();
    await page.waitForURL("**/setup/test");
  });

  const first = await world.orderOf({ whatsapp: true, notIn: READY });
  const second = await world.orderOf({ whatsapp: false, notIn: READY });
  const friend = await world.orderOf({ whatsapp: true, notIn: READY, besides: first });

  await step("a test message reaches a phone", async () => {
    await vera.looksOver();
    await vera.field("Ваш номер").fill("8 (903) 12");
    await vera.button("Отправить").click();
    await vera.sees("Номер слишком короткий.");
    await vera.field("Ваш номер").fill(friend.phone);
    await vera.button("Отправить").click();
    assert.equal(await world.receives(friend.name, "пробное сообщение", "WhatsApp"), "Здравствуйте! Это пробное сообщение от магазина «Лавка на Лесной».");
    await vera.sees(/^(доставлено|прочитано)$/, OUTSIDE);
    await vera.looksOver();
    await vera.link("Дальше").click();
    await page.waitForURL("**/setup/done");
    await vera.looksOver();
  });

  await step("she writes a rule for the status", async () => {
    await vera.link("Написать сообщение").click();
    await page.getByRole("link", { name: READY }).click();
    await vera.link("Написать сообщение").click();
    const text = page.getByRole("textbox", { name: "Текст сообщения" });
    await text.press("ControlOrMeta+a");
    await text.press("Backspace");
    await text.pressSequentially("Здравствуйте, ");
    await vera.button("Имя").click();
    await page.keyboard.type("! Заказ ");
    await page.getByLabel("Найти поле").fill("номер зак");
    await vera.button("Номер заказа").click();
    await page.keyboard.type(" ждёт вас.");
    await vera.sees(/^Здравствуйте, .+! Заказ \d+ ждёт вас\.$/); // the preview on the newest order
    assert.equal(await page.locator("textarea[name=text]").inputValue(), "Здравствуйте, {{customer.firstName}}! Заказ {{order.number}} ждёт вас.");
    await vera.field("только в часы").uncheck(); // the test runs at any time of the day
    await vera.looksOver();
    await vera.button("Проверить на заказе").click();
    await vera.sees("Это проверка: ничего не отправлено.");
    await vera.looksOver();
    await vera.button("Сохранить").first().click();
    await vera.sees("Сохранено.");
    await vera.looksOver();
  });

  const told = async (order, channel, sentences) => {
    await vera.menu("Журнал").click();
    await page.getByRole("link", { name: new RegExp(`№ ${order.number}`) }).click();
    await page.getByRole("heading", { name: `№ ${order.number}` }).waitFor();
    const trace = page.getByRole("region", { name: "Как это было" }).getByRole("listitem");
    for (const sentence of sentences) await trace.filter({ hasText: sentence }).first().waitFor({ timeout: OUTSIDE });
    const said = await trace.allInnerTexts();
    const places = sentences.map((sentence) => said.findIndex((line) => sentence.test(line)));
    assert.deepEqual(places, places.toSorted((a, b) => a - b), `the story is out of order:\n${said.join("\n")}`);
    assert.equal(await page.getByRole("definition").filter({ hasText: new RegExp(`^${channel}$`) }).count(), 1);
    await vera.sees(`Здравствуйте, ${order.name.split(" ")[0]}! Заказ ${order.number} ждёт вас.`);
    await vera.looksOver();
  };

  await step("two orders reach the status, and their customers' phones show the text", async () => {
    await vera.menu("Журнал").click();
    await vera.looksOver();
    await world.moves(first.number, READY);
    await world.moves(second.number, READY);
    for (const [order, channel] of [[first, "WhatsApp"], [second, "SMS"]]) {
      const text = await world.receives(order.name, `Заказ ${order.number}`, channel);
      assert.equal(text, `Здравствуйте, ${order.name.split(" ")[0]}! Заказ ${order.number} ждёт вас.`);
    }
  });

  await step("the orders in the CRM show the checkbox", async () => {
    await world.marked(first.number, "✓");
    await world.marked(second.number, "—");
  });

  await step("the journal tells why it went by WhatsApp", () => told(first, "WhatsApp", [
    /Заказ \d+ перешёл в статус «Готов к выдаче»/, /Сработало правило «Готов к выдаче»\./, /Номер есть в WhatsApp/, /Отправляется, WhatsApp/,
    /Доставлено, WhatsApp\./, /Отметка WhatsApp на заказе: есть\./,
  ]));

  await step("the journal tells why it went by SMS", () => told(second, "SMS", [
    /Заказ \d+ перешёл в статус «Готов к выдаче»/, /Сработало правило «Готов к выдаче»\./, /Номера нет в WhatsApp/, /Передано в SMS\./, /Отправляется, SMS/,
    /Сеть приняла, SMS/, /Доставлено, SMS\./,
  ]));

  const third = await world.orderOf({ whatsapp: false, notIn: READY, besides: second });
  await step("an SMS of which nobody knows whether it left says what is known, and she decides", async () => {
    await world.unplugInTheNextSMS();
    await world.moves(third.number, READY);
    await vera.menu("Журнал").click();
    await page.getByRole("link", { name: new RegExp(`№ ${third.number}`) }).click({ timeout: OUTSIDE });
    const known = page.getByRole("region", { name: "Что известно" });
    await known.getByText(/SMS: отправка началась, ответа сети не было\. Отчёта о доставке нет\./).waitFor({ timeout: OUTSIDE });
    await vera.sees(/Если отправить ещё раз, клиент может получить его дважды\./);
    await vera.looksOver();
    assert.equal(await world.texts(third.name), 0);
    await vera.button("Больше не отправлять").click();
    await vera.sees(/Решено больше не отправлять/);
    await vera.button("Отправить ещё раз").click();
    await world.receives(third.name, `Заказ ${third.number}`, "SMS");
    await vera.sees("Доставлено, SMS.", OUTSIDE);
    await known.waitFor({ state: "detached" });
    await vera.looksOver();
  });

  await step("nobody got anything twice or besides", async () => {
    for (const { name } of [friend, first, second, third]) assert.equal(await world.texts(name), 1, `${name} got more than one message`);
    assert.equal(await page.locator("body").getByText("⟦").count(), 0);
    for (const path of ["/", "/device", "/pairing", "/settings", "/settings/crm", "/settings/channels", "/settings/people", "/settings/tokens", "/settings/me"]) await vera.opens(path);
    await vera.button("Выйти").click();
    await page.waitForURL("**/login");
    await vera.looksOver();
    vera.assertClean();
    await world.assertClean();
  });
});

test("what the pages say when something is wrong", { timeout: 180_000 }, async (t) => {
  const { demo, browser, world, person: owner } = await stage(t, { fresh: false });
  const { page } = owner;
  const step = story(t, demo, owner, world.person);

  await step("a wrong password is refused, the right one is not", async () => {
    owner.expects(422);
    await owner.opens("/login");
    await owner.field("Имя").fill("owner");
    await owner.field("Пароль").fill("не тот пароль");
    await owner.button("Войти").click();
    await owner.sees("Имя или пароль не подходят.");
    await owner.looksOver();
    await owner.logsIn("owner", demo.password);
    await owner.looksOver();
  });

  await step("a wrong address or key of the CRM is named, and not saved", async () => {
    await owner.opens("/settings/crm");
    const kept = await owner.field("Адрес RetailCRM").inputValue();
    const says = async (url, key, sentence) => {
      await owner.field("Адрес RetailCRM").fill(url);
      await owner.field("Ключ API").fill(key);
      await owner.button("Сохранить").click();
      await owner.sees(sentence);
      await owner.looksOver();
    };
    await says(demo.control, "demo-key", /По этому адресу нет аккаунта RetailCRM/);
    await says(kept, "not-the-key", /RetailCRM не приняла ключ/);
    await says("http://магазин.рф", "demo-key", "Адрес должен начинаться с https://");
    await owner.opens("/settings/crm");
    assert.equal(await owner.field("Адрес RetailCRM").inputValue(), kept);
    await owner.sees("RetailCRM подключена.", OUTSIDE);
  });

  await step("a text with an unknown field is not saved, says which, and stays typed", async () => {
    await owner.opens("/rules");
    const before = await page.locator("textarea[name=text]").inputValue();
    const text = page.getByRole("textbox", { name: "Текст сообщения" });
    await text.press("ControlOrMeta+a");
    await text.press("Backspace");
    await text.pressSequentially("Привет! {{order.gorod}} ждёт");
    await owner.button("Сохранить").last().click();
    await owner.sees("Не сохранено: проверьте отмеченные поля.");
    await owner.sees(/Поля «order\.gorod» \(знак 9\) нет в вашей RetailCRM\./);
    assert.equal(await page.locator("textarea[name=text]").inputValue(), "Привет! {{order.gorod}} ждёт");
    await owner.looksOver();
    await owner.opens("/rules");
    assert.equal(await page.locator("textarea[name=text]").inputValue(), before);
  });

  await step("the phone leaves: the pages say so and what to do", async () => {
    await owner.opens("/pairing");
    await pairs(owner, world);
    await owner.sees("WhatsApp подключён");
    await world.unlink();
    await owner.sees(/Телефон магазина вышел: связь с WhatsApp разорвана с телефона\./, OUTSIDE);
    await owner.sees(/Привяжите телефон заново\./);
    await owner.sees("WhatsApp: телефон вышел");
    await owner.button("Показать код").or(owner.button("Показать новый код")).waitFor();
    await owner.looksOver();
    await owner.opens("/");
    await owner.sees(/Телефон магазина вышел/);
    await owner.opens("/pairing");
    await pairs(owner, world);
  });

  await step("the modem is pulled out: the device page says so and what to do", async () => {
    await owner.opens("/device");
    await owner.sees(/Модем в сети\./);
    await world.unplug();
    await owner.sees(/Модем не найден\. Вставьте GSM-модем в USB/, OUTSIDE);
    await owner.sees("SMS: модем не найден");
    await owner.looksOver();
    await world.plugIn();
    await owner.sees(/Модем в сети\./, OUTSIDE);
  });

  await step("an operator reads and does not edit", async () => {
    await owner.opens("/settings/people");
    await owner.field("Имя").fill("Олег");
    await owner.field("Роль").last().selectOption({ label: "оператор" });
    await owner.field("Пароль").fill("белый снег за окном");
    await owner.button("Добавить").click();
    await owner.sees("Пользователь добавлен.");
    const oleg = await Person.sitsDown(browser, demo.pages);
    oleg.expects(403);
    await oleg.logsIn("Олег", "белый снег за окном");
    await oleg.opens("/rules");
    assert.equal(await oleg.button("Сохранить").count(), 0);
    assert.equal(await oleg.page.locator("textarea[name=text]").isEditable(), false);
    for (const path of ["/rules/new", "/settings/crm", "/settings/people"]) {
      await oleg.opens(path, 403);
      await oleg.sees(/На это нужны другие права\. Попросите владельца или менеджера\./);
    }
    const csrf = await oleg.page.locator("input[name=csrf]").first().inputValue();
    const posted = await oleg.page.request.post("/rules", { form: { csrf, name: "Чужое", statuses: "new", text: "Привет", way: "sms", if_missing: "send" } });
    assert.equal(posted.status(), 403);
    await owner.opens("/rules?status=new");
    assert.equal(await page.getByText("Чужое").count(), 0);
    oleg.assertClean();
    await oleg.leaves();
  });

  await step("a page that is not there", async () => {
    owner.expects(404);
    await owner.opens("/no-such-page", 404);
    await owner.sees("Такой страницы нет. Возможно, её удалили.");
    await owner.opens("/messages/424242", 404);
    await owner.link("На главную").click();
    await page.getByRole("heading", { name: "Обзор" }).waitFor();
  });

  await step("a form without its token is refused", async () => {
    owner.expects(403);
    await owner.opens("/settings");
    const kept = await owner.field("Название магазина").inputValue();
    await owner.field("Название магазина").fill("Захвачено");
    await page.locator("main input[name=csrf]").evaluateAll((all) => all.forEach((one) => { one.value = "чужой"; }));
    await owner.button("Сохранить").click();
    await owner.sees(/обновите её и попробуйте ещё раз/);
    await owner.looksOver();
    await owner.opens("/settings");
    assert.equal(await owner.field("Название магазина").inputValue(), kept);
  });

  await step("nothing else went wrong meanwhile", async () => {
    owner.assertClean();
    await world.assertClean();
  });
});
