-- A shop as version 5 of the schema kept it: one delivered message, a message of a mailing, a talk that the bot answered, one that a
-- person has, a customer who is to be asked for a mark, a kept card, and a ticket of that customer.
INSERT INTO cursor (id, since_id, start_at) VALUES (1, 99813, 1773050000000);
INSERT INTO change (history_id, order_id, from_status, to_status, at, own, decided_at, first_decision, decisions) VALUES
  (99812, 10482, 'assembling', 'ready-for-pickup', 1773055923000, 0, 1773055924000, 1, 1),
  (99813, 10483, 'new', 'assembling', 1773055930000, 0, NULL, NULL, 0);
INSERT INTO conversation (id, channel, phone, phone_tail, alias, name, name_key, heard_at, said_at, last_at, unread, version, silent_until, silent_why, taken_at,
  customer_id, looked_up_at, messenger, account, mg_customer, dialog, operator, answer_until, blocked, state) VALUES
  (1, 'whatsapp', '+79123456789', '98765432197', '77@lid', 'Анна Ёлкина', 'анна елкина', 1773055950000, 1773055952000, 1773055952000, 0, 1, NULL, '', NULL, 0, NULL, '', 0, 0, 0, 0, NULL, 0, '{"v":1}'),
  (2, 'chat', '', '', '57', 'Борис', 'борис', 1773055960000, 1773055970000, 1773055970000, 1, 2, 1773070000000, 'operator', 1773055970000, 6, 1773055961000, 'telegram', 3, 11, 8, 21, 1773142360000, 0, '{"v":1,"mode":"human"}');
INSERT INTO decision (id, history_id, rule_id, rule, verdict, reason, args, order_id, number, name, name_key, status, at, trace, message) VALUES
  (1, 99812, 1, 'ready', 'send', 'in_queue', NULL, 10482, '10482A', 'Анна Ёлкина', 'анна елкина', 'ready-for-pickup', 1773055924000,
   '[{"at":1773055924000,"reason":"rule_matched","args":{"rule":"ready"}}]', NULL),
  (2, NULL, NULL, '', 'send', 'in_queue', NULL, NULL, '', 'Борис', 'борис', '', 1773055961000, NULL, NULL),
  (3, NULL, NULL, '', 'send', 'from_campaign', NULL, NULL, '', 'Анна Ёлкина', 'анна елкина', '', 1773055962000, NULL, NULL);
INSERT INTO message (id, decision, dedupe_key, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule_id, rule,
  order_id, order_number, hours_from, hours_to, fallback_after, not_before, expires_at, attempts, created_at, updated_at, alias, conversation, by_bot, customer_id, suggestions, zone, campaign, file) VALUES
  (1, 1, 'rule/1/order/10482', '+79123456789', '98765432197', 'order', 2, 'Заказ готов.', 'delivered', 'delivered', 'whatsapp,sms', 'whatsapp', 1, 'ready',
   10482, '10482A', 540, 1260, 1800000, NULL, 1773142323000, 1, 1773055924000, 1773055930000, '', NULL, 0, 5, NULL, '', NULL, NULL),
  (2, 2, 'reply/2', '', '', 'reply', 0, 'Напишите цифру.', 'queued', 'in_queue', 'chat', 'chat', NULL, '',
   NULL, '', 0, 0, 0, 1773055961000, NULL, 0, 1773055961000, 1773055961000, '57', 2, 1, 6, '[{"Title":"1","Payload":"order"}]', '', NULL, NULL),
  (3, 3, 'campaign/3/person/55', '+79123456789', '98765432197', 'campaign', 4, 'Новая коллекция.', 'queued', 'in_queue', 'whatsapp', 'whatsapp', NULL, '',
   NULL, '', 540, 1260, 0, 1773055961000, NULL, 0, 1773055962000, 1773055962000, '', NULL, 0, 5, NULL, 'Asia/Kamchatka', 3, 2);
UPDATE decision SET message = id;
INSERT INTO trace (message, n, at, reason, args) VALUES (1, 1, 1773055925000, 'accepted', '{"channel":"whatsapp","took":"0.8"}');
INSERT INTO attempt (message, n, channel, box, device, wire_id, phone, text, valid_for, parts, concat_ref, state, code, started_at, settled_at) VALUES
  (1, 1, 'whatsapp', 'box', '79000000000', '3EB0C0FFEE', NULL, NULL, 0, 1, 0, 'accepted', '', 1773055924500, 1773055925000);
INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message) VALUES
  ('3EB0C0FFEE', 'whatsapp', 'delivered', 0, 1773055930000, 'receipt', '79000000000', 0, '+79123456789', 1773055930100, 1);
INSERT INTO effect (kind, key, order_id, message, value, state, tries, next_at, error, at) VALUES
  ('hand_over', 'hand_over/2', NULL, NULL, '{"conversation":2,"text":"x","asked":"2026-03-09T11:32:41Z"}', 'pending', 0, 1773055961000, '', 1773055961000);
INSERT INTO incoming (id, channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at, conversation, event, payload, dialog, operator, done_at, why, args, command, phrase) VALUES
  (1, 'whatsapp', '79000000000', 'AAAA', '+79123456789', '77@lid', 'Анна Ёлкина', 'где заказ', '', 1773055950000, 0, '', 1773055950100, 1, '', '', 0, 0, 1773055951000, 'order', '{"order":"10482A"}', 'order', ''),
  (2, 'chat', 'mg.example', '900', '', '57', 'Борис', 'абырвалг', '', 1773055960000, 0, '', 1773055960100, 2, '', '', 8, 0, 1773055961000, 'not_understood', NULL, '', 'абырвалг'),
  (3, 'chat', 'mg.example', '901', '', '57', 'Ольга', '', '', 1773055970000, 0, '', 1773055970100, 2, 'assigned', '', 8, 21, NULL, '', NULL, '', '');
INSERT INTO mark (conversation, order_id, number, customer_id, name, about, mark, comment, courier, at) VALUES
  (1, 10400, '10400A', 5, 'Анна Ёлкина', 'courier', 4, '', 'Пётр', 1773050000000);
INSERT INTO ask (order_id, at, due_at, tries, state, why, customer_id) VALUES (10482, 1773055923000, 1773063123000, 0, 'waits', '', 0);
INSERT INTO script (version, value, at, author) VALUES (1, '{"On":true,"Languages":["ru"]}', 1773050000000, 'olga');
INSERT INTO mg_state (name, value) VALUES ('cursor', '{"from":901}');
INSERT INTO mg_post (wire_id, chat, mg_id, at) VALUES ('c-1', '57', 902, 1773055962000);
INSERT INTO secret (name, value) VALUES ('chats.bot_key', 'x');
INSERT INTO counter (name, value) VALUES ('ask/history_id', 99813);
INSERT INTO hour (hour, first_decision, first_message, first_incoming) VALUES (492515, 1, 1, 1);
INSERT INTO rule (id, name, version) VALUES (1, 'ready', 1);
INSERT INTO rule_version (rule_id, version, name, enabled, statuses, text, channels, once, fallback_after, hours_from, hours_to, expires_after, if_missing, at, author) VALUES
  (1, 1, 'ready', 1, 'ready-for-pickup', 'Заказ {{order.number}} готов.', 'whatsapp,sms', 'order', 1800000, 540, 1260, 86400000, 'send', 1773050000000, 'olga');
INSERT INTO setting (section, value) VALUES ('shop', '{"Name":"Магазин","Language":"ru","Timezone":"Europe/Moscow","Region":"RU"}');
INSERT INTO user (name, name_key, role, hash, language, created_at) VALUES ('olga', 'olga', 'owner', 'x', '', 1773050000000);
INSERT INTO card (customer, total, as_of, old_at, seen_at) VALUES (5, 12, 1773055980000, 1773055990000, 1773055981000);
INSERT INTO card_text (customer, profile, orders, entries) VALUES (5, '{"ID":5,"Name":"Анна Ёлкина","Emails":["Anna@example.com"],"OrdersCount":12}', '[{"ID":10482,"Number":"10482A"}]', 'null');
INSERT INTO card_email (email, customer) VALUES ('anna@example.com', 5);
INSERT INTO card_phone (phone, customer) VALUES ('+79123456789', 5);
INSERT INTO card_order (order_id, customer) VALUES (10482, 5);
INSERT INTO card_look (customer, at, who, ticket) VALUES (5, 1773055981000, 'olga', 20418);
INSERT INTO chosen (requester, customer, at, author) VALUES (77, 5, 1773055982000, 'olga');
INSERT INTO ticket (id, number, updated, written, requester, seen, first_seen, changed_at, looked_at, open, closed_at, due_at, found, customer, raised_at, topic, search_key, products, said, known) VALUES
  (20418, 'KTR-20418', '2026-03-09 14:33:00', '2026-03-09 14:33:00', 77, 1, 1773055975000, 1773055975000, 1773055976000, 1, NULL, NULL, 'found', 5, NULL, 'where', 'ktr-20418
где заказ?
анна', '["Чайник"]', '{"ID":20418,"Number":"KTR-20418","Title":"Где заказ?","Requester":77,"Updated":"2026-03-09 14:33:00"}', '{"by":"email","comment":31}');
INSERT INTO ticket_event (ticket, at, reason, args) VALUES (20418, 1773055976000, 'person_found', '{"by":"email"}');
INSERT INTO ticket_person (id, value, at) VALUES (77, '{"ID":77,"Name":"Анна"}', 1773055976000);
INSERT INTO alarm (order_id, status, at, due_at, tries, state, ticket, comment, why) VALUES (10483, 'lost', 1773055930000, 1773055930000, 1, 'told', 20418, 32, '');
INSERT INTO pair (ticket, customer, closed_at, value) VALUES (20001, 5, 1770000000000, '{"Known":[true,false,false]}');
INSERT INTO helpdesk_state (name, value) VALUES ('ticket_cursor', '2026-03-09 14:33:00');
INSERT INTO counter (name, value) VALUES ('alarm/history_id', 99813), ('card/history_id', 4001);
