package app

import (
	"context"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/webui"
)

// talkDesk is what the pages about conversations ask.
type talkDesk struct {
	*store.Store
	app *App
}

var _ webui.Talk = talkDesk{}

// Script implements webui.Talk.
func (d talkDesk) Script(ctx context.Context) (bot.Script, int, error) {
	s, version, _, err := d.ScriptNow(ctx)
	return s, version, err
}

// SaveScript implements webui.Talk.
func (d talkDesk) SaveScript(ctx context.Context, s bot.Script, basedOn int, by string) (int, error) {
	if problems := s.Check(d.app.live.Now().Reference.Fields); len(problems) > 0 {
		return 0, problems
	}
	version, err := d.Store.SaveScript(ctx, s, basedOn, by)
	if err != nil {
		return 0, err
	}
	if err := d.app.script.Reload(ctx); err != nil {
		return 0, err
	}
	d.app.topics.Publish(gateway.TopicSettings)
	d.app.clerk.Wake()
	return version, nil
}

// ScriptVersions implements webui.Talk.
func (d talkDesk) ScriptVersions(ctx context.Context, limit int) ([]webui.ScriptVersion, error) {
	found, err := d.Store.ScriptVersions(ctx, limit)
	list := make([]webui.ScriptVersion, 0, len(found))
	for _, v := range found {
		list = append(list, webui.ScriptVersion{Version: v.Version, At: v.At, By: v.By})
	}
	return list, err
}

// RestoreScript implements webui.Talk.
func (d talkDesk) RestoreScript(ctx context.Context, version int, by string) (int, error) {
	s, err := d.ScriptVersion(ctx, version)
	if err != nil {
		return 0, err
	}
	_, newest, err := d.Script(ctx)
	if err != nil {
		return 0, err
	}
	return d.SaveScript(ctx, s, newest, by)
}

// Say implements webui.Talk.
func (d talkDesk) Say(ctx context.Context, id gateway.ConversationID, text, by string) error {
	return d.app.clerk.Say(ctx, id, text, by)
}

// Take implements webui.Talk.
func (d talkDesk) Take(ctx context.Context, id gateway.ConversationID, by string) error {
	return d.app.clerk.Take(ctx, id, by)
}

// Release implements webui.Talk.
func (d talkDesk) Release(ctx context.Context, id gateway.ConversationID, by string) error {
	return d.app.clerk.Release(ctx, id, by)
}

// CloseTalk implements webui.Talk.
func (d talkDesk) CloseTalk(ctx context.Context, id gateway.ConversationID, by string) error {
	return d.app.clerk.CloseTalk(ctx, id, by)
}

// Facts implements webui.Talk.
func (d talkDesk) Facts(ctx context.Context, id gateway.ConversationID) (webui.TalkFacts, error) {
	a, err := d.app.clerk.About(ctx, id)
	return webui.TalkFacts(a), err
}

// ChatChannels implements webui.Talk.
func (d talkDesk) ChatChannels() []gateway.ChatChannel {
	if s := d.app.parts.chats.now(); s != nil {
		return s.Channels()
	}
	return nil
}

// ReconnectChats implements webui.Talk.
func (d talkDesk) ReconnectChats(ctx context.Context) error {
	s := d.app.parts.chats.now()
	if s == nil {
		return device.Errorf(device.Conflict, "chats", "the chats are switched off")
	}
	return s.Reconnect(ctx)
}
