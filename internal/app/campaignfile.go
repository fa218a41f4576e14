package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// uploads are the lists of people that were uploaded, in a folder of their own: one for each draft,
// and what has come of another.
type uploads string

func (a *App) uploads() uploads { return uploads(filepath.Join(a.opts.DataDir, "uploads")) }

var uploadRef = regexp.MustCompile(`^[0-9]+-[a-z0-9]+$`)

// path is where a whole file lies.
func (u uploads) path(ref string) string {
	if !uploadRef.MatchString(ref) {
		ref = "none"
	}
	return filepath.Join(string(u), ref)
}

func (u uploads) part(id gateway.CampaignID) string {
	return filepath.Join(string(u), strconv.FormatInt(int64(id), 10)+".part")
}

// remove takes the files of a mailing away, all but one.
func (u uploads) remove(id gateway.CampaignID, but ...string) error {
	entries, err := os.ReadDir(string(u))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	own := strconv.FormatInt(int64(id), 10)
	for _, e := range entries {
		if name := e.Name(); (name == own+".part" || strings.HasPrefix(name, own+"-")) && !slices.Contains(but, name) {
			err = errors.Join(err, os.Remove(filepath.Join(string(u), name)))
		}
	}
	return err
}

// add writes a piece at its offset; a piece that does not follow what is there is a Conflict.
func (u uploads) add(id gateway.CampaignID, offset int64, piece []byte) (have int64, err error) {
	const op = "campaign: upload"
	if err := os.MkdirAll(string(u), 0o700); err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	flags := os.O_RDWR | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(u.part(id), flags, 0o600)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	have = info.Size()
	switch {
	case offset+int64(len(piece)) <= have && offset > 0:
		return have, nil // the same once more: its answer was lost
	case offset != have:
		return have, device.Errorf(device.Conflict, op, "a piece at %d, %d are there", offset, have)
	}
	if _, err := f.WriteAt(piece, offset); err != nil {
		return have, fmt.Errorf("%s: %w", op, err)
	}
	return have + int64(len(piece)), f.Sync()
}

// KeepUpload implements webui.Campaigns. With its last piece the file becomes the mailing's.
func (d campaignDesk) KeepUpload(ctx context.Context, id gateway.CampaignID, name string, size, offset int64, piece []byte, by string) (int64, error) {
	const op = "campaign: upload"
	if size <= 0 || size > sheet.MaxSize || offset < 0 || offset+int64(len(piece)) > size {
		return 0, device.Errorf(device.Invalid, op, "a file of %d bytes, at most %d are taken", size, int64(sheet.MaxSize))
	}
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return 0, err
	}
	if c.State != campaign.Draft {
		return 0, device.Errorf(device.Conflict, op, "mailing %d has begun", id)
	}
	if st := d.app.disk.State(); st != gateway.DiskFine && st != gateway.DiskUnknown {
		return 0, device.Errorf(device.Conflict, op, "there is too little room on the disk")
	}
	u := d.app.uploads()
	have, err := u.add(id, offset, piece)
	if err != nil || have < size {
		return have, err
	}
	ref := strconv.FormatInt(int64(id), 10) + "-" + campaign.NewToken()
	if err := os.Rename(u.part(id), u.path(ref)); err != nil {
		return have, fmt.Errorf("%s: %w", op, err)
	}
	c.Audience.Source, c.Audience.File = campaign.FromFile, campaign.File{Name: filepath.Base(name), Ref: ref}
	if _, err := d.Store.SaveCampaign(ctx, c, by); err != nil {
		return have, errors.Join(err, os.Remove(u.path(ref)))
	}
	d.app.topics.Publish(gateway.TopicCampaigns)
	return have, u.remove(id, ref)
}

// LookAtFile implements webui.Campaigns.
func (d campaignDesk) LookAtFile(ctx context.Context, id gateway.CampaignID) (_ sheet.Look, err error) {
	const op = "campaign: look at a file"
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return sheet.Look{}, err
	}
	f, err := os.Open(d.app.uploads().path(c.Audience.File.Ref))
	if errors.Is(err, os.ErrNotExist) {
		return sheet.Look{}, device.Errorf(device.NotFound, op, "mailing %d has no file", id)
	}
	if err != nil {
		return sheet.Look{}, fmt.Errorf("%s: %w", op, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return sheet.Look{}, fmt.Errorf("%s: %w", op, err)
	}
	return sheet.LookAt(f, info.Size(), sheet.Options{Encoding: c.Audience.File.Encoding, Comma: c.Audience.File.Comma})
}
