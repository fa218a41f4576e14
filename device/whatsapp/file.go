package whatsapp

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"vestnik/device"
)

// files are the pictures and documents that were brought to WhatsApp's media server, and those that
// could not be. What is uploaded once serves any number of messages: its address lives for weeks there.
type files struct {
	mu      sync.Mutex
	ready   map[device.FileID]*upload
	under   map[device.FileID]*flight // uploads under way
	failing map[device.FileID]failing
}

// upload is a file at WhatsApp's media server, as messages name it.
type upload struct {
	at         time.Time // when it was uploaded
	resp       whatsmeow.UploadResponse
	name, mime string
	picture    picture
}

// flight is an upload under way; what it came to is there when done is closed.
type flight struct {
	done chan struct{}
	up   *upload
	err  *device.Error
}

// failing is a file that could not be uploaded.
type failing struct {
	since, last time.Time
	err         error
}

const (
	// uploadFresh is how long an upload is used again. Its address lives longer; a server that lost
	// the file is not noticed otherwise.
	uploadFresh = 6 * time.Hour
	// keptUploads is how many are remembered. A mailing has one or two.
	keptUploads = 32
	// failForgotten is how long after the last try a file no longer counts as failing.
	failForgotten = 30 * time.Minute
)

// attachment is the upload to send with a message; nil for none. While the upload takes its time or
// fails, the error is Unavailable with the code device.FileNotUploaded, and after pace.uploadPatience
// the answer is nil with the code device.FileLeftOut.
func (s *Session) attachment(ctx context.Context, op string, l *line, id device.FileID) (*upload, string, error) {
	if id == 0 {
		return nil, "", nil
	}
	up, f, bad := s.files.find(id, time.Now(), s.pace)
	switch {
	case up != nil:
		return up, "", nil
	case bad != nil && bad.Code == device.FileLeftOut:
		return nil, device.FileLeftOut, nil
	case bad != nil:
		bad.Op = op
		return nil, "", bad
	case f == nil:
		f = s.takeOff(l, id)
	}
	patience := time.NewTimer(s.pace.uploadWait)
	defer patience.Stop()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, "", &device.Error{Kind: device.Unavailable, Op: op, Err: ctx.Err()}
	case <-patience.C:
		return nil, "", &device.Error{
			Kind: device.Unavailable, Op: op, Code: device.FileNotUploaded, RetryAfter: s.pace.uploadWait,
			Err: errors.New("the file is still on its way to WhatsApp"),
		}
	}
	if f.err == nil {
		return f.up, "", nil
	}
	if f.err.Code == device.FileNotUploaded && s.files.hopeless(id, time.Now(), s.pace) {
		return nil, device.FileLeftOut, nil
	}
	failed := *f.err
	failed.Op = op
	return nil, "", &failed
}

// takeOff starts an upload that does not end with the message that asked for it, so that a slow one
// keeps nobody waiting, unless one is under way.
func (s *Session) takeOff(l *line, id device.FileID) *flight {
	s.files.mu.Lock()
	defer s.files.mu.Unlock()
	if f := s.files.under[id]; f != nil {
		return f
	}
	f := &flight{done: make(chan struct{})}
	if s.files.under == nil {
		s.files.under = map[device.FileID]*flight{}
	}
	s.files.under[id] = f
	s.lines.Go(func() {
		up, err := s.upload(l, id)
		if err != nil {
			s.log.Warn("whatsapp file not uploaded", "file", int64(id), "err", err)
		}
		s.files.landed(id, f, up, err, time.Now())
	})
	return f
}

// upload brings a file to WhatsApp's media server. An error with the code device.FileNotUploaded is the media
// server's or its way's, not the line's.
func (s *Session) upload(l *line, id device.FileID) (*upload, *device.Error) {
	const op = "whatsapp: upload"
	if s.opt.Files == nil {
		return nil, device.Errorf(device.Invalid, op, "the message's file %d is not kept", id)
	}
	ctx, cancel := context.WithTimeout(l.ctx, s.pace.upload)
	defer cancel()
	file, err := s.opt.Files(ctx, id)
	switch {
	case device.KindOf(err) == device.NotFound, err == nil && len(file.Data) == 0:
		return nil, device.Errorf(device.Invalid, op, "the message's file %d is not kept any more", id)
	case err != nil:
		return nil, device.Errorf(device.Internal, op, "read the file %d: %w", id, err)
	}
	kind := whatsmeow.MediaDocument
	if isPicture(file.MIME) {
		kind = whatsmeow.MediaImage
	}
	resp, err := l.cli.Upload(ctx, file.Data, kind)
	if err != nil && ctx.Err() == nil {
		// What allows the upload may have run out before its time.
		//lint:ignore SA1019 the library renews it by its clock alone, and offers no other way
		if _, err = l.cli.DangerousInternals().RefreshMediaConn(ctx, true); err == nil {
			resp, err = l.cli.Upload(ctx, file.Data, kind)
		}
	}
	if err == nil && (resp.URL == "" || resp.DirectPath == "") {
		err = errors.New("the media server gave no address")
	}
	if err != nil {
		bad := &device.Error{Kind: device.Unavailable, Op: op, Err: masked{err}}
		if l.ctx.Err() == nil && !lineLost(err) {
			bad.Code = device.FileNotUploaded
		}
		return nil, bad
	}
	up := &upload{at: time.Now(), resp: resp, name: clean(file.Name, 200), mime: file.MIME}
	if kind == whatsmeow.MediaImage {
		up.picture = look(file.Data)
	}
	return up, nil
}

// lineLost tells whether an upload failed since the session's own connection is gone.
func lineLost(err error) bool {
	var gone *whatsmeow.DisconnectedError
	return errors.As(err, &gone) || errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, whatsmeow.ErrNotLoggedIn)
}

// find is the upload of a file, or the one under way, or why it is not to be tried now: an error with the
// code FileNotUploaded while its messages wait, with FileLeftOut when they do no longer.
func (f *files) find(id device.FileID, now time.Time, p pace) (*upload, *flight, *device.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if up := f.ready[id]; up != nil && now.Sub(up.at) < uploadFresh {
		return up, nil, nil
	}
	if under := f.under[id]; under != nil {
		return nil, under, nil
	}
	bad, ok := f.failing[id]
	if !ok || now.Sub(bad.last) > failForgotten {
		delete(f.failing, id)
		return nil, nil, nil
	}
	again := p.uploadAgain
	code := device.FileNotUploaded
	if now.Sub(bad.since) >= p.uploadPatience {
		again, code = p.uploadLater, device.FileLeftOut
	}
	if left := again - now.Sub(bad.last); left > 0 {
		return nil, nil, &device.Error{Kind: device.Unavailable, Code: code, RetryAfter: left, Err: bad.err}
	}
	return nil, nil, nil
}

// hopeless tells whether a file's messages have waited for it long enough.
func (f *files) hopeless(id device.FileID, now time.Time, p pace) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	bad, ok := f.failing[id]
	return ok && now.Sub(bad.since) >= p.uploadPatience
}

// landed takes down what an upload came to.
func (f *files) landed(id device.FileID, flight *flight, up *upload, err *device.Error, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	flight.up, flight.err = up, err
	delete(f.under, id)
	close(flight.done)
	switch {
	case err == nil:
		if f.ready == nil {
			f.ready = map[device.FileID]*upload{}
		}
		delete(f.failing, id)
		f.ready[id] = up
		f.trim()
	case err.Code == device.FileNotUploaded:
		if f.failing == nil {
			f.failing = map[device.FileID]failing{}
		}
		bad := f.failing[id]
		if bad.since.IsZero() {
			bad.since = now
		}
		bad.last, bad.err = now, err.Err
		f.failing[id] = bad
	}
}

// trim forgets the oldest upload when there are too many.
func (f *files) trim() {
	if len(f.ready) <= keptUploads {
		return
	}
	var oldest device.FileID
	for id, up := range f.ready {
		if oldest == 0 || up.at.Before(f.ready[oldest].at) {
			oldest = id
		}
	}
	delete(f.ready, oldest)
}

// compose is the message: the words alone, or under a picture or document.
func compose(text string, up *upload) *waE2E.Message {
	switch {
	case up == nil:
		return &waE2E.Message{Conversation: proto.String(text)}
	case isPicture(up.mime):
		m := &waE2E.ImageMessage{
			Caption: proto.String(text), Mimetype: proto.String(up.mime),
			URL: proto.String(up.resp.URL), DirectPath: proto.String(up.resp.DirectPath), MediaKey: up.resp.MediaKey,
			FileEncSHA256: up.resp.FileEncSHA256, FileSHA256: up.resp.FileSHA256, FileLength: proto.Uint64(up.resp.FileLength),
			MediaKeyTimestamp: proto.Int64(up.at.Unix()), JPEGThumbnail: up.picture.thumbnail,
		}
		if up.picture.width > 0 {
			m.Width, m.Height = proto.Uint32(up.picture.width), proto.Uint32(up.picture.height)
		}
		return &waE2E.Message{ImageMessage: m}
	}
	// A phone shows the words under a document only in this envelope.
	return &waE2E.Message{DocumentWithCaptionMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{
		DocumentMessage: &waE2E.DocumentMessage{
			Caption: proto.String(text), Mimetype: proto.String(up.mime), FileName: proto.String(up.name), Title: proto.String(up.name),
			URL: proto.String(up.resp.URL), DirectPath: proto.String(up.resp.DirectPath), MediaKey: up.resp.MediaKey,
			FileEncSHA256: up.resp.FileEncSHA256, FileSHA256: up.resp.FileSHA256, FileLength: proto.Uint64(up.resp.FileLength),
			MediaKeyTimestamp: proto.Int64(up.at.Unix()),
		},
	}}}
}

// isPicture tells what WhatsApp shows as a picture from what it shows as a document.
func isPicture(mime string) bool {
	switch strings.ToLower(mime) {
	case "image/jpeg", "image/png":
		return true
	}
	return false
}
