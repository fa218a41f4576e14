package whatsapp

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

// leaflet is a picture that does not compress to nothing.
func leaflet(t testing.TB, w, h int) []byte {
	t.Helper()
	full := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			full.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, full, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	pictureID device.FileID = iota + 1
	documentID
	lostID
)

// withFiles gives the session a picture and a document.
func withFiles(t testing.TB) (change func(*rig), picture, document []byte) {
	picture, document = leaflet(t, 300, 200), []byte("%PDF-1.7 цены на осень")
	return func(r *rig) {
		r.opt.Files = func(_ context.Context, id device.FileID) (device.File, error) {
			switch id {
			case pictureID:
				return device.File{ID: id, Name: "осень.jpg", MIME: "image/jpeg", Data: picture}, nil
			case documentID:
				return device.File{ID: id, Name: "Цены.pdf", MIME: "application/pdf", Data: document}, nil
			}
			return device.File{}, device.Errorf(device.NotFound, "test: file", "no file %d", id)
		}
	}, picture, document
}

func (r *rig) sendFile(to device.Phone, text string, file device.FileID) (device.Envelope, device.Accepted, error) {
	r.t.Helper()
	env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: to, Text: text, File: file})
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	if r.handed == nil {
		r.handed = map[string]device.Envelope{}
	}
	r.handed[env.WireID] = env
	r.mu.Unlock()
	accepted, err := r.s.Send(r.ctx(), env)
	return env, accepted, err
}

func TestACustomerSeesThePictureUnderWhichTheTextStands(t *testing.T) {
	t.Parallel()
	change, picture, document := withFiles(t)
	r := newRig(t, change).link()
	env, accepted, err := r.sendFile(borisNumber, "Осенняя распродажа", pictureID)
	if err != nil || accepted.Code != "" {
		t.Fatal(accepted, err)
	}
	r.await("the picture on both phones", func() bool { in := r.boris.Inbox(); return len(in) == 1 && len(in[0].Devices) == 2 })
	got := r.boris.Inbox()[0]
	if got.Text != "Осенняя распродажа" || got.MessageID != env.WireID || got.Media == nil || got.Media.Kind != "image" ||
		got.Media.Mime != "image/jpeg" || !bytes.Equal(got.Media.Data, picture) {
		t.Errorf("%+v", got)
	}
	if small, err := jpeg.DecodeConfig(bytes.NewReader(got.Media.Thumbnail)); err != nil || small.Width != 72 || small.Height != 48 {
		t.Errorf("before it is loaded he sees %dx%d, %v", small.Width, small.Height, err)
	}
	if _, _, err := r.sendFile(anaNumber, "Осенняя распродажа!", pictureID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.sendFile(anaNumber, "Цены", documentID); err != nil {
		t.Fatal(err)
	}
	r.await("both at Anna's", func() bool {
		return slices.Equal(texts(r.ana.Inbox()), []string{"Осенняя распродажа!", "Цены"})
	})
	in := r.ana.Inbox()
	if in[0].Media == nil || !bytes.Equal(in[0].Media.Data, picture) {
		t.Error("she does not see the picture")
	}
	if m := in[1].Media; m == nil || m.Kind != "document" || m.FileName != "Цены.pdf" || m.Mime != "application/pdf" || !bytes.Equal(m.Data, document) {
		t.Errorf("the document is %+v", m)
	}
	if n := r.srv.Uploads(); n != 2 {
		t.Errorf("%d uploads for three messages with two files", n)
	}
}

func TestAFileThatIsNotKeptIsAClearNo(t *testing.T) {
	t.Parallel()
	change, _, _ := withFiles(t)
	r := newRig(t, change).link()
	_, _, err := r.sendFile(anaNumber, "Осень", lostID)
	wantKind(t, err, device.Invalid)
	r.mustSend(anaNumber, "без картинки")
	r.await("the other", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"без картинки"}) })
}

func TestAPictureThatCannotBeUploadedWaitsAndThenTheTextGoesAlone(t *testing.T) {
	t.Parallel()
	change, picture, _ := withFiles(t)
	r := newRig(t, change, func(r *rig) {
		r.pace = func(p *pace) {
			p.uploadAgain, p.uploadPatience, p.uploadLater = 20*time.Millisecond, 400*time.Millisecond, 100*time.Millisecond
		}
	}).link()
	r.srv.Faults().RefuseUploads(503, 1<<30)
	var accepted device.Accepted
	waited := 0
	r.await("the text alone", func() bool {
		_, acc, err := r.sendFile(anaNumber, "Осень", pictureID)
		if err == nil {
			accepted = acc
			return true
		}
		wantKind(t, err, device.Unavailable)
		if bad := asDeviceError(err); bad.Code != device.FileNotUploaded {
			t.Fatalf("%+v", bad)
		}
		waited++
		r.mustSend(borisNumber, "заказ готов") // others go meanwhile
		return false
	})
	if accepted.Code != device.FileLeftOut || waited == 0 {
		t.Errorf("after %d tries: %+v", waited, accepted)
	}
	r.await("it", func() bool { return len(r.ana.Inbox()) == 1 })
	if got := r.ana.Inbox()[0]; got.Text != "Осень" || got.Media != nil {
		t.Errorf("%+v", got)
	}
	r.srv.Faults().RefuseUploads(0, 0)
	r.await("pictures again", func() bool {
		_, acc, err := r.sendFile(borisNumber, "Осень", pictureID)
		if err != nil {
			t.Fatal(err)
		}
		return acc.Code == ""
	})
	r.await("the picture", func() bool {
		return slices.ContainsFunc(r.boris.Inbox(), func(m sim.Received) bool { return m.Media != nil && bytes.Equal(m.Media.Data, picture) })
	})
}

func TestAnUploadThatFailsOnceIsNotNoticed(t *testing.T) {
	t.Parallel()
	change, picture, _ := withFiles(t)
	r := newRig(t, change).link()
	r.srv.Faults().RefuseUploads(401, 1) // what allowed it has run out
	if _, acc, err := r.sendFile(anaNumber, "Осень", pictureID); err != nil || acc.Code != "" {
		t.Fatal(acc, err)
	}
	r.await("the picture", func() bool { in := r.ana.Inbox(); return len(in) == 1 && bytes.Equal(in[0].Media.Data, picture) })
}

func TestASlowUploadKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	change, picture, _ := withFiles(t)
	r := newRig(t, change, func(r *rig) {
		read := r.opt.Files
		r.opt.Files = func(ctx context.Context, id device.FileID) (device.File, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return read(ctx, id)
		}
		r.pace = func(p *pace) { p.uploadWait = 20 * time.Millisecond }
	}).link()
	env, _, err := r.sendFile(anaNumber, "Осень", pictureID)
	wantKind(t, err, device.Unavailable)
	r.mustSend(borisNumber, "заказ готов")
	close(release)
	r.await("the upload is done", func() bool { _, err := r.s.Send(r.ctx(), env); return err == nil })
	r.await("the picture", func() bool { in := r.ana.Inbox(); return len(in) == 1 && bytes.Equal(in[0].Media.Data, picture) })
	if n := r.srv.Uploads(); n != 1 {
		t.Errorf("%d uploads", n)
	}
}

func TestAfterADoubtTheSamePictureGoesAgain(t *testing.T) {
	t.Parallel()
	change, picture, _ := withFiles(t)
	r := newRig(t, change).link()
	r.srv.Faults().CutBeforeProcessing(1)
	env, _, err := r.sendFile(anaNumber, "Осень", pictureID)
	wantKind(t, err, device.Uncertain)
	r.awaitState(device.LinkConnected)
	r.restart() // and the upload is forgotten
	r.awaitState(device.LinkConnected)
	if _, err := r.s.Send(r.ctx(), env); err != nil {
		t.Fatal(err)
	}
	r.await("the picture, once", func() bool { in := r.ana.Inbox(); return len(in) == 1 && bytes.Equal(in[0].Media.Data, picture) })
}

func TestAPhoneThatCouldNotReadAPictureGetsItAgain(t *testing.T) {
	t.Parallel()
	change, picture, _ := withFiles(t)
	r := newRig(t, change, func(r *rig) { r.opt.Sent = r.sentTo(anaNumber) }).link()
	r.mustSend(anaNumber, "раз")
	if _, err := r.ana.SendText(string(shopNumber), "ага", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.ana.LoseSessions()
	r.ana.SetOnline(false)
	if _, _, err := r.sendFile(anaNumber, "Осень", pictureID); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.awaitState(device.LinkConnected)
	r.ana.SetOnline(true)
	r.await("the picture", func() bool {
		in := r.ana.Inbox()
		return len(in) == 2 && in[1].Media != nil && bytes.Equal(in[1].Media.Data, picture)
	})
}

func TestWhatIsShownBeforeAPictureIsLoaded(t *testing.T) {
	t.Parallel()
	var tall bytes.Buffer
	if err := png.Encode(&tall, image.NewRGBA(image.Rect(0, 0, 3, 900))); err != nil {
		t.Fatal(err)
	}
	huge := leaflet(t, 2100, 2100)
	for name, c := range map[string]struct {
		data          []byte
		width, height uint32
		small         bool
	}{
		"no picture":  {[]byte("hello"), 0, 0, false},
		"empty":       {nil, 0, 0, false},
		"cut off":     {leaflet(t, 40, 40)[:400], 0, 0, false},
		"large":       {huge, 2100, 2100, false},
		"transparent": {tall.Bytes(), 3, 900, true},
		"small":       {leaflet(t, 1, 1), 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := look(c.data)
			if (len(p.thumbnail) > 0) != c.small || c.width != 0 && (p.width != c.width || p.height != c.height) || len(p.thumbnail) > 4096 {
				t.Errorf("%dx%d, %d bytes", p.width, p.height, len(p.thumbnail))
			}
		})
	}
}

func FuzzLookAtAPicture(f *testing.F) {
	f.Add(leaflet(f, 8, 8))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := look(data)
		if len(p.thumbnail) > 0 && (p.width == 0 || len(p.thumbnail) > 16<<10) {
			t.Errorf("%dx%d and %d bytes", p.width, p.height, len(p.thumbnail))
		}
	})
}

func TestUploadsAreForgotten(t *testing.T) {
	t.Parallel()
	var f files
	now := time.Now()
	for i := range 3 * keptUploads {
		id := device.FileID(i + 1)
		f.landed(id, &flight{done: make(chan struct{})}, &upload{at: now.Add(time.Duration(i) * time.Second)}, nil, now)
	}
	last := device.FileID(3 * keptUploads)
	if up, _, _ := f.find(last, now, usualPace()); up == nil || len(f.ready) != keptUploads {
		t.Errorf("%d are kept", len(f.ready))
	}
	if up, _, _ := f.find(last, now.Add(uploadFresh+time.Hour), usualPace()); up != nil {
		t.Error("an old upload is used again")
	}
	bad := device.Errorf(device.Unavailable, "test", "503")
	bad.Code = device.FileNotUploaded
	for i := range 3 {
		f.landed(1000, &flight{done: make(chan struct{})}, nil, bad, now.Add(time.Duration(i)*time.Minute))
	}
	if _, _, err := f.find(1000, now.Add(2*time.Minute), usualPace()); err == nil || err.Code != device.FileNotUploaded || err.RetryAfter <= 0 {
		t.Errorf("%v", err)
	}
	f.landed(1000, &flight{done: make(chan struct{})}, nil, bad, now.Add(6*time.Minute))
	if _, _, err := f.find(1000, now.Add(7*time.Minute), usualPace()); err == nil || err.Code != device.FileLeftOut {
		t.Errorf("%v", err)
	}
	if _, _, err := f.find(1000, now.Add(7*time.Minute+failForgotten), usualPace()); err != nil || f.hopeless(1000, now.Add(time.Hour), usualPace()) {
		t.Errorf("yesterday's failure counts: %v", err)
	}
}

func asDeviceError(err error) *device.Error {
	bad, _ := err.(*device.Error) //nolint:errorlint // what Send itself answers
	return bad
}
