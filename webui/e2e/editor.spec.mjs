// The message editor and the live parts in a real browser, under the pages' own content
// policy, against the gallery's fixtures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { gallery } from "./gallery.mjs";

let browser, house;
before(async () => { [browser, house] = await Promise.all([open(), gallery()]); });
after(async () => { await browser?.close(); house?.end(); });

// visit opens a scene and collects what the console complains about.
async function visit(scene, options = {}) {
  const page = await browser.newPage(options);
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => { if (m.type() === "error") complaints.push(m.text()); });
  await page.goto(`${house.url}/scene/${scene}?lang=ru`);
  return { page, complaints };
}

test("the editor puts fields in as chips and keeps the template true", async () => {
  const { page, complaints } = await visit("rules");
  const editor = page.getByRole("textbox", { name: "Текст сообщения" });
  const text = () => page.locator("#rule-text").evaluate((e) => e.value);
  const before = await text();
  assert.equal(await editor.locator(".chip").count(), 4);
  assert.equal(await editor.evaluate((e) => e.parentElement.text()), before);

  await editor.focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Сумма ");
  await page.getByRole("button", { name: "Сумма" }).click();
  assert.equal(await text(), before + " Сумма {{order.total}}");
  await page.keyboard.type(" руб.");
  assert.equal(await text(), before + " Сумма {{order.total}} руб.");

  for (let i = 0; i < 5; i++) await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  assert.equal((await text()).trimEnd(), before + " Сумма");
  await page.keyboard.press("Control+z");
  assert.match(await text(), /\{\{order\.total\}\}/);

  await page.keyboard.press("Control+End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Ждём");
  assert.match(await text(), /\nЖдём$/);
  await page.keyboard.press("Control+b");
  assert.equal(await editor.locator("b, strong").count(), 0);

  await page.keyboard.type(" {{delivery.track}}");
  await page.getByLabel("Название правила").focus();
  assert.equal(await editor.locator(".chip", { hasText: "Трек-номер" }).count(), 1);
  assert.match(await text(), /Ждём \{\{delivery\.track\}\}$/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("pasted markup stays text, and its places become chips", async () => {
  const { page } = await visit("rules");
  const editor = page.getByRole("textbox", { name: "Текст сообщения" });
  await editor.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await editor.evaluate((e) => {
    const data = new DataTransfer();
    data.setData("text/plain", "<b>Заказ</b> {{order.number}}\nготов");
    data.setData("text/html", "<b>Заказ</b>");
    e.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  assert.equal(await page.locator("#rule-text").evaluate((e) => e.value), "<b>Заказ</b> {{order.number}}\nготов");
  assert.equal(await editor.locator("b").count(), 0);
  assert.equal(await editor.locator(".chip").count(), 1);
  await page.close();
});

test("the preview follows the text, and the check sends nothing", async () => {
  const { page, complaints } = await visit("rules");
  const editor = page.getByRole("textbox", { name: "Текст сообщения" });
  await editor.focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Приходите скорее");
  await page.locator("#preview .bubble", { hasText: "Приходите скорее" }).waitFor();
  await page.getByText("Есть несохранённые изменения").waitFor();
  await page.getByRole("button", { name: "Проверить на заказе" }).click();
  await page.getByText("Это проверка: ничего не отправлено.").waitFor();
  assert.equal(await page.locator("#try").count(), 1);
  assert.match(page.url(), /scene\/rules/, "the check does not leave the page");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the directory is searched by words", async () => {
  const { page } = await visit("rules");
  await page.getByLabel("Найти поле").fill("трек");
  assert.equal(await page.locator("button[data-path]:visible").count(), 1);
  await page.close();
});

test("a part of the page draws itself again when its topic is told", async () => {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (m) => { if (m.type() === "error") complaints.push(m.text()); });
  const live = page.waitForResponse((r) => r.url().endsWith("/events"));
  await page.goto(`${house.url}/scene/overview?lang=ru`);
  await live;
  for (const [topic, parts] of [["queue", ["/?part=live", "/rail"]], ["links", ["/?part=live", "/rail"]]]) {
    const asked = Promise.all(parts.map((p) => page.waitForResponse((r) => r.url().endsWith(p) && r.status() === 200)));
    await fetch(`${house.url}/poke?topic=${topic}`);
    await asked;
  }
  await page.waitForTimeout(100);
  assert.equal(await page.locator("#overview").count(), 1);
  assert.equal(await page.locator("#rail").count(), 1);
  assert.ok(await page.getByRole("heading", { name: "Требуют внимания" }).isVisible());
  assert.deepEqual(complaints, []);
  await page.close();
});

test("without scripts the text area, the menu and the check still work", async () => {
  const { page } = await visit("rules", { javaScriptEnabled: false, viewport: { width: 360, height: 700 } });
  assert.match(await page.getByLabel("Текст сообщения").inputValue(), /\{\{order\.number\}\}/);
  await page.getByText("Меню", { exact: true }).click();
  assert.ok(await page.getByRole("link", { name: "Журнал" }).first().isVisible());
  await page.getByRole("button", { name: "Проверить на заказе" }).click();
  assert.ok(await page.getByText("Это проверка: ничего не отправлено.").isVisible());
  await page.close();
});
