package main

import (
	"fmt"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/messagegateway"
	"vestnik/sim/world"
)

// reviewLink is where the demo's customers are sent for a review.
const reviewLink = "https://lavka.example/otzyvy"

// askAfter is how soon after «Выполнен» customers are asked for marks. A real box waits
// two hours.
const askAfter = 20 * time.Second

// shopConfig is the demo's shop as a configuration file. The gaps are short, so that a
// visitor does not wait, and the shop never closes, so that one who comes at night sees
// it work; a real box keeps its defaults.
func (s *stage) shopConfig(askAfter time.Duration) string {
	return fmt.Sprintf(demoConfig, s.CRMURL, world.CRMKey, reviewLink, reviewLink, askAfter) + fmt.Sprintf(helpdeskConfig, s.HelpdeskURL, world.HelpdeskEmail, s.HelpdeskKey, s.pages,
		helpdeskeddy.CustomerFieldID, helpdeskeddy.VIPFieldID, helpdeskeddy.OrderFieldID, helpdeskeddy.OrderStatusFieldID, helpdeskeddy.OlgaID, s.control)
}

const demoConfig = `
shop: {name: "Лавка на Лесной", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "%s", key: "%s", poll: 5s, whatsapp_field: has_whatsapp}
whatsapp: {enabled: true, gap: 1s}
sms: {enabled: true, gap: 1s, modems: [{port: auto}]}
chats: {enabled: true}
decency: {hours: {from: "00:00", to: "24:00"}, every: 0s, review_url: "%s"}
rules:
  - name: "Готов к выдаче"
    statuses: [ready-for-pickup]
    text: "Здравствуйте, {{customer.firstName|default:\"покупатель\"}}! Заказ {{order.number}} на {{order.totalSumm}} готов и ждёт вас."
    channels: [chat, whatsapp, sms]
    fallback_after: 1m
  - name: "Передан в доставку"
    statuses: [send-to-delivery]
    text: "{{customer.firstName|default:\"Здравствуйте\"}}, заказ {{order.number}} передан в доставку."
    channels: [chat, whatsapp, sms]
bot:
  enabled: true
  open: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
  commands:
    - number: 1
      title: {ru: "Где мой заказ?", en: "Where is my order?"}
      answer: {order_status: true}
    - number: 2
      title: {ru: "Пункты выдачи", en: "Pick-up points"}
      words: ["адрес", "где вы находитесь", "где вас найти", "часы работы", "до скольки работаете", "самовывоз", "address", "opening hours"]
      answer:
        points:
          - {name: "Лавка на Лесной", address: "ул. Лесная, 12", hours: "ежедневно 10:00–21:00", phone: "+7 903 111-22-33"}
          - {name: "Лавка на Садовой", address: "ул. Садовая, 40", hours: "пн–сб 10:00–20:00"}
    - number: 3
      title: {ru: "Доставка и возврат", en: "Delivery, returns"}
      words: ["доставка", "возврат", "delivery", "returns"]
      answer:
        list:
          - number: 1
            title: {ru: "Цена доставки", en: "Price of delivery"}
            words: ["сколько стоит доставка"]
            answer: {text: {ru: "Курьер по Москве — 350 ₽, пункт выдачи — 190 ₽. От 5 000 ₽ привезём бесплатно.", en: "A courier in Moscow is 350 ₽, a pick-up point 190 ₽. Free from 5,000 ₽."}}
          - number: 2
            title: {ru: "Как вернуть товар", en: "How to return"}
            words: ["вернуть товар", "как вернуть"]
            answer: {text: {ru: "Вернуть товар можно за 14 дней в любой лавке, с чеком или номером заказа.", en: "Bring it back to any shop within 14 days, with the receipt or the order's number."}}
    - number: 9
      title: {ru: "Позвать сотрудника", en: "Talk to a person"}
      answer: {operator: true}
  marks:
    review_link: "%s"
    ask: {enabled: true, statuses: [complete], after: %s, hours: {from: "00:00", to: "24:00"}, about: [shop, courier]}
`

const helpdeskConfig = `
helpdesk:
  enabled: true
  url: "%s"
  email: %s
  key: "%s"
  poll: 10s
  per_minute: 240
  card_url: "%s"
  fields: {customer: "%d", vip: "%d", order: "%d", status: "%d"}
  ignore_domains: [messenger.example]
  delivery: [send-to-delivery, delivering]
  problem: [redirect]
  critical: [redirect]
  ranking: ["2", "3", "1"]
  rules_dry: false
  rules: [{name: VIP, when: vip, priority: "1"}]
  alarm: {priority: "1", requester: %d}
  embed: {frame: "%s"}
`

// addRegular puts one more customer into Telegram: he has not written for weeks, so that
// he may be asked for marks, which nobody is who is just talking.
func addRegular(w *world.World) *messagegateway.Customer {
	card, now := w.CRM.Customers()[3], w.CRM.Now()
	c := w.MG.AddCustomer(w.OnTelegram.Channel(), "333296104", card.FirstName+" "+card.LastName)
	c.WroteEarlier(now.AddDate(0, 0, -20), "Спасибо, всё получил")
	c.LinkTo(card.ID)
	return c
}
