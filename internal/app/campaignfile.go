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
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// uploads are the lists of people that were uploaded, in a folder of their own: one for each draft,
// and what has come of another.
type uploads string

func uploadsIn(dataDir string) uploads { return uploads(filepath.Join(dataDir, "uploads")) }

func (a *App) uploads() uploads { return uploadsIn(a.opts.DataDir) }

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
	flags := os.O_RDWR
	if offset == 0 {
		flags |= os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(u.part(id), flags, 0o600)
	if offset > 0 && errors.Is(err, os.ErrNotExist) {
		return 0, device.Errorf(device.Conflict, op, "a piece at %d, and none before it", offset)
	}
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

func (u uploads) there(ref string) bool {
	_, err := os.Stat(u.path(ref))
	return err == nil
}

// has tells whether a whole file of this name and size lies there.
func (u uploads) has(f campaign.File, name string, size int64) bool {
	info, err := os.Stat(u.path(f.Ref))
	return err == nil && f.Name == name && info.Size() == size
}

// uploadLife is how long an uploaded list lies in the box: it holds people's names and numbers. Who
// was gathered from it stays.
const uploadLife = 24 * time.Hour

// sweep takes away the lists that nobody needs any more: those of mailings that have begun or are
// gone, and those that have lain for a day, but not while they are read.
func (u uploads) sweep(now time.Time, mailing func(gateway.CampaignID) (campaign.Campaign, error)) error {
	entries, err := os.ReadDir(string(u))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		own, _, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".part"), "-")
		id, badName := strconv.ParseInt(own, 10, 64)
		info, gone := e.Info()
		if badName != nil || gone != nil || !info.Mode().IsRegular() {
			continue
		}
		c, missing := mailing(gateway.CampaignID(id))
		if missing != nil && device.KindOf(missing) != device.NotFound {
			return errors.Join(err, missing)
		}
		if missing == nil && (c.Collect.State == campaign.CollectRunning || c.State == campaign.Draft && now.Sub(info.ModTime()) < uploadLife) {
			continue
		}
		err = errors.Join(err, os.Remove(filepath.Join(string(u), e.Name())))
	}
	return err
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
	if err := d.roomless(op); err != nil {
		return 0, err
	}
	u := d.app.uploads()
	have, err := u.add(id, offset, piece)
	if device.KindOf(err) == device.Conflict && offset+int64(len(piece)) == size && u.has(c.Audience.File, filepath.Base(name), size) {
		return size, nil // the last piece once more: its answer was lost
	}
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
