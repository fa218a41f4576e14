-- A shop as version 2 of the schema kept it: one delivered message, one decision not to send.
INSERT INTO cursor (id, since_id, start_at) VALUES (1, 99813, 1773050000000);
INSERT INTO change (history_id, order_id, from_status, to_status, at, own, decided_at, first_decision, decisions) VALUES
  (99812, 10482, 'assembling', 'ready-for-pickup', 1773055923000, 0, 1773055924000, 1, 2),
  (99813, 10483, 'new', 'assembling', 1773055930000, 0, NULL, NULL, 0);
INSERT INTO decision (id, history_id, rule_id, rule, verdict, reason, args, order_id, number, name, name_key, status, at, trace, message) VALUES
  (1, 99812, 1, 'ready', 'send', 'in_queue', NULL, 10482, '10482A', 'Анна Ёлкина', 'анна елкина', 'ready-for-pickup', 1773055924000,
   '[{"at":1773055924000,"reason":"rule_matched","args":{"rule":"ready"}}]', NULL),
  (2, 99812, 2, 'vip', 'skip', 'rule_off', '{"rule":"vip"}', 10482, '10482A', 'Анна Ёлкина', 'анна елкина', 'ready-for-pickup', 1773055924000, NULL, NULL);
INSERT INTO message (id, decision, dedupe_key, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule_id, rule,
  order_id, order_number, hours_from, hours_to, fallback_after, not_before, expires_at, attempts, created_at, updated_at) VALUES
  (1, 1, 'rule/1/order/10482', '+79123456789', '98765432197', 'order', 2, 'Заказ готов.', 'delivered', 'delivered', 'whatsapp,sms', 'whatsapp', 1, 'ready',
   10482, '10482A', 540, 1260, 1800000, NULL, 1773142323000, 1, 1773055924000, 1773055930000);
UPDATE decision SET message = 1 WHERE id = 1;
INSERT INTO trace (message, n, at, reason, args) VALUES (1, 1, 1773055925000, 'accepted', '{"channel":"whatsapp","took":"0.8"}');
INSERT INTO attempt (message, n, channel, box, device, wire_id, phone, text, valid_for, parts, concat_ref, state, code, started_at, settled_at) VALUES
  (1, 1, 'whatsapp', 'box', '79000000000', '3EB0C0FFEE', NULL, NULL, 0, 1, 0, 'accepted', '', 1773055924500, 1773055925000);
INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message) VALUES
  ('3EB0C0FFEE', 'whatsapp', 'delivered', 0, 1773055930000, 'receipt', '79000000000', 0, '+79123456789', 1773055930100, 1);
INSERT INTO hour (hour, first_decision, first_message) VALUES (492515, 1, 1);
INSERT INTO rule (id, name, version) VALUES (1, 'ready', 1);
INSERT INTO rule_version (rule_id, version, name, enabled, statuses, text, channels, once, fallback_after, hours_from, hours_to, expires_after, if_missing, at, author) VALUES
  (1, 1, 'ready', 1, 'ready-for-pickup', 'Заказ {{order.number}} готов.', 'whatsapp,sms', 'order', 1800000, 540, 1260, 86400000, 'send', 1773050000000, 'olga');
INSERT INTO setting (section, value) VALUES ('shop', '{"Name":"Магазин","Language":"ru","Timezone":"Europe/Moscow","Region":"RU"}');
INSERT INTO user (name, name_key, role, hash, language, created_at) VALUES ('olga', 'olga', 'owner', 'x', '', 1773050000000);
INSERT INTO chore (name, at, ok, detail) VALUES ('audit', 1773055940000, 1, '{"mended":"0"}');
INSERT INTO finding (key, kind, message, args, first_at, last_at, mended_at) VALUES ('no_decision/99813', 'no_decision', NULL, NULL, 1773055940000, 1773055940000, 1773055941000);
