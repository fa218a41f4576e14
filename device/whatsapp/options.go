package whatsapp

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"vestnik/device"
)

// Options says what a Session needs.
type Options struct {
	// Path of the session's own SQLite file; it is made when absent. Its directory must
	// exist.
	Path string
	// Sink takes messages, receipts and the changes of the link. Required.
	Sink device.Sink
	// Logger gets the session's lines and, masked, those of the WhatsApp libraries. Nil
	// discards them.
	Logger *slog.Logger
	// DeviceName is what the shop's phone shows under "Linked devices"; "Vestnik" when
	// empty.
	DeviceName string
	// HTTP carries the websocket before and after login and the media. Nil means a
	// transport that obeys HTTPS_PROXY.
	HTTP *http.Client
	// Sent finds a message that was handed to Send under a wire id, at any time, for a phone
	// that could not read it and asks for it again. Nil: the session's file keeps a copy of
	// what is sent for seven days.
	Sent func(ctx context.Context, wireID string) (device.Envelope, bool, error)
	// Files reads a file that a message carries; NotFound means that there is none. Nil: there are
	// no files.
	Files func(ctx context.Context, id device.FileID) (device.File, error)
	// OnPairing hears every change of Pairing, in order. It must not block.
	OnPairing func(device.Pairing)
	// OnFault is told, once, that the disk failed under the session's file. Nothing that
	// the session then says to have kept can be believed: the process should end. It must
	// not block. Nil: nobody is.
	OnFault func(error)
	// Off starts the session switched off; see Switch.
	Off bool
	// DropSessions deletes the ratchets before the first connection. Set it after the file
	// came back from a backup: an old ratchet makes messages that the customer's phone
	// throws away without a word. New ratchets build themselves.
	DropSessions bool
	// AckTimeout is how long Send waits for the server's word; 30 s when zero.
	AckTimeout time.Duration
	// AssumedLock is how long new chats rest after the server refused one with 463 and did
	// not say until when; 6 h when zero.
	AssumedLock time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

func (o *Options) check() error {
	switch {
	case o.Path == "":
		return errors.New("no path for the session file")
	case o.Sink == nil:
		return errors.New("no sink")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DeviceName == "" {
		o.DeviceName = "Vestnik"
	}
	if o.AckTimeout <= 0 {
		o.AckTimeout = 30 * time.Second
	}
	if o.AssumedLock <= 0 {
		o.AssumedLock = 6 * time.Hour
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnPairing == nil {
		o.OnPairing = func(device.Pairing) {}
	}
	return nil
}

// pace holds the durations that tests shorten.
type pace struct {
	// firstCode and nextCode are how long WhatsApp honours the first of six pairing
	// codes and each of the others.
	firstCode, nextCode time.Duration
	// relogin is how long to wait for the server to end the pairing connection before
	// logging in by ourselves.
	relogin time.Duration
	// patience is how long a connection may take from dialling to being logged in, and a
	// pairing connection to its first code. The first login stores 812 keys, about 8 s on
	// a slow SD card.
	patience time.Duration
	// ask bounds a look-up and everything before a message leaves.
	ask time.Duration
	// upload bounds one try to bring a file to WhatsApp, and uploadWait how long a message waits for it
	// before others are let past.
	upload, uploadWait time.Duration
	// uploadAgain is how long messages with a file wait after a failed upload, and uploadPatience how
	// long they wait in all until their texts go alone; the file is then tried again every uploadLater.
	uploadAgain, uploadPatience, uploadLater time.Duration
	// store bounds the sink's and our own writing to disk.
	store time.Duration
	// again is how long to wait before connection n after n failures in a row.
	again func(fails int) time.Duration
}

func usualPace() pace {
	return pace{
		firstCode: 60 * time.Second, nextCode: 20 * time.Second,
		relogin: 5 * time.Second, patience: 2 * time.Minute, ask: 40 * time.Second, store: 30 * time.Second,
		upload: 2 * time.Minute, uploadWait: 10 * time.Second, uploadAgain: 30 * time.Second, uploadPatience: 5 * time.Minute, uploadLater: 5 * time.Minute,
		again: backOff,
	}
}

// backOff doubles from one second to 50 s and adds up to a fifth at random, so that
// a street of boxes does not come back in step after an outage.
func backOff(fails int) time.Duration {
	if fails <= 0 {
		return time.Duration(rand.Int64N(int64(300 * time.Millisecond)))
	}
	d := 50 * time.Second
	if fails < 7 {
		d = min(d, time.Second<<(fails-1))
	}
	return d + time.Duration(rand.Int64N(int64(d/5)))
}
