import { open } from "./browser.mjs";
const [,, url, tag, play] = process.argv;
const b = await open();
const page = await b.newPage({ viewport: { width: 1280, height: 900 } });
const bad = []; page.on("console", m => bad.push(m.text())); page.on("pageerror", e => bad.push(String(e)));
await page.goto(url);
const write = async (label, text) => { const f = page.getByLabel(label, { exact: true }); await f.fill(text); await f.press("Enter"); await page.waitForTimeout(1500); };
if (play) {
  await write("Сообщение от Анна Климова, Telegram", "Здравствуйте!");
  await write("Сообщение от Анна Климова, Telegram", "/1");
  await write("Сообщение от leto.v.gorode, Instagram", "Где мой заказ?");
  await write("Сообщение от Анна Климова, Telegram", "Позовите человека");
  await page.waitForTimeout(2500);
  await page.getByRole("button", { name: /Анна Климова/ }).first().click(); await page.waitForTimeout(500); await write("Ответ оператора", "/status");
  await write("Ответ оператора", "Анна, здравствуйте! Сейчас всё проверю.");
  await write("Сообщение от Елена Тихонова", "адрес");
  await page.waitForTimeout(4000);
}
await page.screenshot({ path: `/tmp/look-${tag}-laptop.png`, fullPage: true });
await page.emulateMedia({ colorScheme: "dark" });
await page.screenshot({ path: `/tmp/look-${tag}-dark.png`, fullPage: true });
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize({ width: 390, height: 844 });
await page.waitForTimeout(300);
console.log("sideways", await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth));
await page.screenshot({ path: `/tmp/look-${tag}-phone.png`, fullPage: true });
console.log(bad);
await b.close();
