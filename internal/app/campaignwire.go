package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// wireMailings makes who keeps mailings going.
func (a *App) wireMailings(link func(device.Channel) device.Link) {
	r := campaign.NewRunner()
	r.Ledger, r.Counters, r.Consents, r.Effects = a.store, a.store, a.store, a.store
	r.Live, r.Clock, r.Topics, r.Log, r.Links, r.MaxParts = a.live, a.clock, a.topics, a.log, link, maxSMSParts
	r.Audiences, r.Rows, r.Disk = a.audiences, a.rowsOf, a.disk.State
	r.Open = func() gateway.Week { return a.script.Now().Script.Open }
	r.Enqueued, r.EffectsDue, r.AccountSince = a.wakeQueues, a.wakeEffects, a.accountSince
	r.Zone = func(p gateway.Place, phone device.Phone) string {
		zone, _ := gateway.ZoneOf(p, phone, a.live.Now().Settings.Shop)
		return zone
	}
	a.mailings = r
}

// audiences is the CRM for lists of people, which it reads in the lane behind everything else; nil
// while there is none.
func (a *App) audiences() gateway.Audiences {
	if crm := a.parts.crmNow(); crm != nil {
		return crm
	}
	return nil
}

// rowsOf reads the pasted list or the uploaded file of a mailing.
func (a *App) rowsOf(ctx context.Context, c campaign.Campaign, each func(line int, cells []string, problem string) error) (err error) {
	var r *sheet.Reader
	if c.Audience.Source == campaign.FromList {
		r, err = sheet.Pasted(c.Audience.Pasted)
	} else {
		r, err = sheet.OpenFile(a.uploads().path(c.Audience.File.Ref), optionsOf(c.Audience.File))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for ctx.Err() == nil {
		cells, line, err := r.Next()
		problem := ""
		if errors.Is(err, io.EOF) {
			return nil
		}
		if p, refused := sheet.RowRefused(err); refused {
			problem = string(p.Code)
		} else if err != nil {
			return err
		}
		if err := each(line, cells, problem); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// optionsOf is how a mailing's file is to be read.
func optionsOf(f campaign.File) sheet.Options {
	o := sheet.Options{Encoding: f.Encoding, Comma: f.Comma, Header: f.Header}
	for n := range f.Columns {
		o.Need = append(o.Need, n)
	}
	return o
}

// takenFile is a picture or document that a mailing may carry: what it is, not what it calls itself,
// decides its kind and the ending of its name.
func takenFile(name string, data []byte) (device.File, error) {
	if len(data) == 0 || len(data) > device.MaxFile {
		return device.File{}, device.Errorf(device.Invalid, "campaign: file", "a file of %d bytes, at most %d are taken", len(data), device.MaxFile)
	}
	mime := http.DetectContentType(data)
	endings := map[string][]string{"image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}, "application/pdf": {".pdf"}}[mime]
	if endings == nil {
		return device.File{}, device.Errorf(device.Invalid, "campaign: file", "%s is neither JPEG, PNG nor PDF", mime)
	}
	if !slices.Contains(endings, strings.ToLower(filepath.Ext(name))) {
		name += endings[0]
	}
	return device.File{Name: name, MIME: mime, Data: data}, nil
}
