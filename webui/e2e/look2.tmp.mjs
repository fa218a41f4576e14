import { open } from "./browser.mjs";
const [,, url] = process.argv;
const b = await open();
const page = await b.newPage({ viewport: { width: 390, height: 844 } });
await page.goto(url);
await page.getByRole("button", { name: /^\+7916/ }).click();
await page.waitForTimeout(800);
for (const id of ["chats", "desk", "orders", "people"]) {
  await page.evaluate((i) => document.getElementById(i).scrollIntoView(), id);
  await page.screenshot({ path: `/tmp/m-${id}.png` });
}
console.log(await page.locator(".talk").innerText());
await b.close();
