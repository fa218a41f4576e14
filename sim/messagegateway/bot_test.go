package messagegateway_test

import (
	"slices"
	"testing"

	"vestnik/sim/messagegateway"
)

func TestFirstMessageOpensChatAndDialog(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	e := r.listen(everything, "")
	ch := r.gw.AddChannel("telegram", "Лавка")
	p := r.gw.AddCustomer(ch, "333296016", "Анна Климова")
	id := p.Write(`Где мой заказ "10442" & когда?`)
	want := []string{"channel_updated", "chat_created", "message_new(dialog_opened)", "dialog_opened", "message_new", "chat_updated"}
	if got := e.types(len(want)); !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
	e2 := r.listen("dialog_opened,message_new", "")
	p2 := r.gw.AddCustomer(ch, "333296017", "Пётр")
	id2 := p2.Write("Добрый день")
	system, opened, said := e2.next("message_new"), e2.next("dialog_opened"), e2.next("message_new")
	if system.at("message", "from") != nil || number(opened.at("dialog", "begin_message_id")) != id2 || number(said.at("message", "id")) != id2 || id2 <= id {
		t.Errorf("ids %d %d: %v %v", id, id2, opened.Data, said.Data)
	}
	if said.at("message", "chat", "customer", "external_id") != "333296017" || said.at("message", "from", "type") != "customer" {
		t.Errorf("message %v", said.Data)
	}
	rows := r.list("/messages?chat_id=" + itoa(p.Chat()))
	if len(rows) != 2 || rows[0]["content"] != "Где мой заказ &#34;10442&#34; &amp; когда?" {
		t.Errorf("messages %v", rows)
	}
	r.gw.Assume(messagegateway.Unknowns{PlainContent: true, Order: messagegateway.OldestFirst})
	rows = r.list("/messages?chat_id=" + itoa(p.Chat()))
	if len(rows) != 2 || rows[1]["content"] != `Где мой заказ "10442" & когда?` {
		t.Errorf("messages %v", rows)
	}
	r.understood()
}

func TestSendReachesTheCustomer(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("vk", "Лавка ВК"), "55", "Анна")
	p.Write("Здравствуйте")
	chat := p.Chat()
	e := r.listen(everything, "")
	id := r.send(chat, "Выберите", obj{"transport_attachments": obj{"suggestions": []obj{{"type": "text", "title": "Мой заказ"}, {"type": "url", "title": "Сайт", "payload": "https://lavka.example"}}}})
	if f := e.next("message_new"); number(f.at("message", "id")) != id || f.at("message", "status") != "sending" || f.at("message", "from", "type") != "bot" {
		t.Errorf("new %v", f.Data)
	}
	if f := e.next("message_updated"); f.at("message", "status") != "sent" {
		t.Errorf("updated %v", f.Data)
	}
	p.Read()
	if f := e.next("message_updated"); f.at("message", "status") != "seen" {
		t.Errorf("seen %v", f.Data)
	}
	if _, err := p.Tap("Нет такой"); err == nil {
		t.Error("a button that is not there")
	}
	if _, err := p.Tap("Мой заказ"); err != nil {
		t.Error(err)
	}
	if f := e.next("message_new"); f.at("message", "content") != "Мой заказ" {
		t.Errorf("tapped %v", f.Data)
	}
	if got := p.Texts(); !slices.Equal(got, []string{"Выберите"}) {
		t.Errorf("seen %q", got)
	}
	r.bot(200, "PATCH", "/messages/"+itoa(id), obj{"content": "Выберите, пожалуйста"})
	if got := p.Texts(); !slices.Equal(got, []string{"Выберите, пожалуйста"}) {
		t.Errorf("edited %q", got)
	}
	r.bot(200, "DELETE", "/messages/"+itoa(id), nil)
	if got := p.Texts(); len(got) != 0 {
		t.Errorf("deleted %q", got)
	}
	r.understood()
}

func TestMassCommunicationOpensNoDialog(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.WroteEarlier(r.crm.Now().AddDate(0, 0, -3), "Здравствуйте")
	chat := p.Chat()
	before, _ := r.gw.Chat(chat)
	deaf, e := r.listen(everything, ""), r.listen(everything, "include_mass_communication")
	id := r.send(chat, "Заказ собран", obj{"mass_communication": true})
	if got := e.types(2); !slices.Equal(got, []string{"message_new", "message_updated"}) {
		t.Errorf("events %v", got)
	}
	r.quiet(deaf)
	after, _ := r.gw.Chat(chat)
	if after.Dialog.Open || !after.LastActivity.Equal(before.LastActivity) || len(r.gw.Dialogs(chat)) != 1 {
		t.Errorf("chat %+v", after)
	}
	if got := p.Messages(); len(got) != 1 || !got[0].Mass || got[0].ID != id {
		t.Errorf("seen %+v", got)
	}
	if plain, all := r.list("/messages?bot_id=760"), r.list("/messages?bot_id=760&include_mass_communication=1"); len(plain) != 0 || len(all) != 1 {
		t.Errorf("lists %v %v", plain, all)
	}
	r.send(chat, "Ещё что-нибудь?", nil)
	if after, _ := r.gw.Chat(chat); !after.Dialog.Open || !after.LastActivity.After(before.LastActivity) || after.Dialog.Responsible != "" {
		t.Errorf("chat %+v", after)
	}
	r.understood()
}

func TestDialogsGoFromHandToHand(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.Write("Здравствуйте")
	chat := p.Chat()
	first := r.gw.Dialogs(chat)[0].ID
	e := r.listen("dialog_assign,dialog_closed,user_joined_chat,user_left_chat,message_new", "")
	path := "/dialogs/" + itoa(first)
	r.refused(400, "dialog is not assigned", "PATCH", path+"/unassign", nil)
	r.refused(404, "dialog #444 not found", "PATCH", "/dialogs/444/unassign", nil)
	r.refused(400, "can not be responsible", "PATCH", path+"/assign", obj{"bot_id": 760})
	r.bot(200, "PATCH", "/my/info", obj{"roles": []string{"responsible"}})
	if got := r.bot(200, "PATCH", path+"/assign", obj{"bot_id": 760}); got["is_reassign"] != false || got["previous_responsible"] != nil {
		t.Errorf("assign %v", got)
	}
	e.next("dialog_assign")
	anna := r.gw.Operator(igor)
	if err := anna.Take(chat); err != nil {
		t.Fatal(err)
	}
	e.next("user_joined_chat")
	if f := e.next("dialog_assign"); f.at("dialog", "responsible", "type") != "user" || f.at("dialog", "responsible", "external_id") != "20" {
		t.Errorf("assign %v", f.Data)
	}
	if got := r.list("/dialogs?user_id=301&active=1&assign=true"); len(got) != 1 || number(got[0]["id"]) != first {
		t.Errorf("dialogs %v", got)
	}
	got := r.bot(200, "PATCH", path+"/assign", obj{"user_id": 300})
	if got["is_reassign"] != true || number(got["left_user_id"]) != 301 {
		t.Errorf("assign %v", got)
	}
	e.next("user_left_chat")
	if err := anna.Return(chat, 760); err != nil {
		t.Error(err)
	}
	if _, err := anna.Write(chat, "Я здесь"); err != nil {
		t.Error(err)
	}
	if d := r.gw.Dialogs(chat)[0]; d.Responsible != "bot" || d.ResponsibleID != 760 {
		t.Errorf("dialog %+v", d)
	}
	r.bot(200, "PATCH", path+"/tags/add", obj{"tags": []obj{{"name": "rating:4", "color_code": "green"}}})
	r.bot(200, "DELETE", path+"/close", nil)
	e.next("dialog_closed")
	r.refused(400, "dialog is closed", "PATCH", path+"/assign", obj{"user_id": 300})
	if _, err := anna.OpenDialog(chat); err != nil {
		t.Error(err)
	}
	r.refused(400, "dialog is not the latest in the chat", "PATCH", path+"/assign", obj{"user_id": 300})
	r.refused(400, "already has an active dialog", "POST", "/chats/"+itoa(chat)+"/dialogs", obj{"bot_id": 760})
	if err := anna.Close(chat); err != nil {
		t.Error(err)
	}
	made := number(r.bot(200, "POST", "/chats/"+itoa(chat)+"/dialogs", obj{"user_id": 301})["id"])
	if d := r.gw.Dialogs(chat); len(d) != 3 || d[2].ID != made || d[2].ResponsibleID != 301 || d[0].Tags[0] != "rating:4" {
		t.Errorf("dialogs %+v", d)
	}
	r.understood()
}

func TestCommandsAndPrivateHints(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.Write("Здравствуйте")
	chat, who := p.Chat(), r.gw.Operator(igor)
	if _, err := who.Command(chat, "/status 10442"); err == nil {
		t.Error("a command that no bot knows")
	}
	r.refused(400, "description is required", "PUT", "/my/commands/status", obj{})
	r.bot(200, "PUT", "/my/commands/status", obj{"description": "Где заказ"})
	r.bot(200, "PUT", "/my/commands/wa", obj{"description": "Есть ли WhatsApp"})
	if got := r.list("/my/commands?name=wa"); len(got) != 1 || got[0]["description"] != "Есть ли WhatsApp" {
		t.Errorf("commands %v", got)
	}
	r.bot(200, "DELETE", "/my/commands/wa", nil)
	r.refused(404, "command #wa not found", "DELETE", "/my/commands/wa", nil)
	e := r.listen("message_new", "")
	if _, err := who.Command(chat, "/status 10442"); err != nil {
		t.Fatal(err)
	}
	if f := e.next("message_new"); f.at("message", "type") != "command" || f.at("message", "scope") != "private" || f.at("message", "from", "external_id") != "20" {
		t.Errorf("command %v", f.Data)
	}
	r.send(chat, "Заказ 10442: комплектуется", obj{"scope": "private"})
	private := who.Private(chat)
	if len(private) != 2 || private[1].Text != "Заказ 10442: комплектуется" || private[1].From != "bot" {
		t.Errorf("private %+v", private)
	}
	if got := p.Texts(); len(got) != 0 {
		t.Errorf("the customer sees %q", got)
	}
	r.understood()
}
