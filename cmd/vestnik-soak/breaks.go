package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// breakage is one rule of the product broken on purpose, to see that the harness
// finds out. It exists only in the box that buildBox builds for it.
type breakage struct {
	Name string
	What string // what the broken box does, for the report
	// Scenario is the one that must find it, Faults how many one round of it makes. By which
	// count it was found stands in the report.
	Scenario string
	Faults   int
	Edits    []edit
}

// edit replaces a text that must stand exactly once in a source file.
type edit struct {
	File     string // from the root of the checkout, with slashes
	Old, New string
}

// breakNamed finds a break.
func breakNamed(name string) (breakage, error) {
	var names []string
	for _, b := range breaks() {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	return breakage{}, fmt.Errorf("no break is called %q; there are: %s", name, strings.Join(names, ", "))
}

// overlay is the changed sources. The error names the text that is not there, or
// not once: then the product has changed and the break must follow it.
func (b breakage) overlay(root, dir string) (*overlay, error) {
	o := newOverlay(dir)
	texts := map[string]string{}
	for i, e := range b.Edits {
		path := filepath.Join(root, filepath.FromSlash(e.File))
		text, read := texts[path]
		if !read {
			source, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("break %s: %w", b.Name, err)
			}
			text = string(source)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return nil, fmt.Errorf("break %s, edit %d: this text stands %d times in %s and not once; the break must follow the product:\n%s",
				b.Name, i+1, n, e.File, e.Old)
		}
		texts[path] = strings.Replace(text, e.Old, e.New, 1)
	}
	for path, text := range texts {
		if err := o.put(path, text); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// breaks are all of them, in the order of the report.
func breaks() []breakage {
	return []breakage{
		{
			Name: "intent-late", What: "the intent is committed after the send, not before it",
			Scenario: "kill", Faults: 25,
			Edits: []edit{
				{"gateway/dispatch.go", "\taccepted, sendErr := d.Transport.Send(ctx, env)\n", ""},
				{"gateway/dispatch.go", "\tn, ok, err := d.begin(ctx,", "\taccepted, sendErr := d.Transport.Send(ctx, env)\n\tn, ok, err := d.begin(ctx,"},
			},
		},
		{
			Name: "normal", What: "the ledger is opened with synchronous=NORMAL instead of FULL",
			Scenario: "powercut", Faults: 15,
			Edits: []edit{{"store/open.go", `_pragma=synchronous(FULL)`, `_pragma=synchronous(NORMAL)`}},
		},
		{
			Name: "normal-keys", What: "WhatsApp's keys are kept with synchronous=NORMAL, in a log that is written back often",
			Scenario: "powercut", Faults: 15,
			Edits: []edit{{"device/whatsapp/store.go", `_pragma=synchronous(FULL)`, `_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(20)`}},
		},
		{
			Name: "answered-early", What: "whoever waits for a commit is answered before it",
			Scenario: "powercut", Faults: 15,
			Edits: []edit{
				{"store/group.go", "\tbegan := time.Now()\n\t_, err := w.ExecContext(ctx, `COMMIT`)\n", "\tendAll(nil)\n\tbegan := time.Now()\n\t_, err := w.ExecContext(ctx, `COMMIT`)\n"},
				{"store/group.go", "\tendAll(err)\n\tif err == nil && broken == nil {", "\tif err == nil && broken == nil {"},
			},
		},
		{
			Name: "log-trusted", What: "after a failed fsync the log is taken for what lies on the disk",
			Scenario: "diskerror", Faults: 6,
			Edits: []edit{{"store/rewrite.go", "path string) (err error) {\n", "path string) (err error) {\n\tif true {\n\t\treturn nil\n\t}\n"}},
		},
		{
			Name: "new-id", What: "a WhatsApp message of unknown fate is sent again under a new id",
			Scenario: "kill", Faults: 60,
			Edits: []edit{{
				"gateway/doubt.go",
				"\t_, err := d.sendEnvelope(ctx, m, UnknownState, a.Envelope,",
				"\tenv, err := d.Transport.Prepare(ctx, a.Envelope.Outgoing)\n\tif err != nil {\n\t\treturn err\n\t}\n" +
					"\t_, err = d.sendEnvelope(ctx, m, UnknownState, env,",
			}},
		},
		{
			Name: "reports-ignored", What: "delivery reports and receipts are heard and forgotten",
			Scenario: "kill", Faults: 25,
			Edits: []edit{{
				"gateway/proof.go",
				"func (e *Ear) Receipt(ctx context.Context, r device.Receipt) error {\n",
				"func (e *Ear) Receipt(ctx context.Context, r device.Receipt) error {\n\tif true {\n\t\treturn nil\n\t}\n",
			}},
		},
		{
			Name: "receipts-kept-later", What: "a receipt is acknowledged to the network before it is kept",
			Scenario: "powercut", Faults: 25,
			Edits: []edit{{
				"gateway/proof.go",
				"func (e *Ear) Receipt(ctx context.Context, r device.Receipt) error {\n",
				"func (e *Ear) Receipt(ctx context.Context, r device.Receipt) error {\n\tgo func() { _ = e.receipt(context.WithoutCancel(ctx), r) }()\n\treturn nil\n}\n\n" +
					"func (e *Ear) receipt(ctx context.Context, r device.Receipt) error {\n",
			}},
		},
		{
			Name: "sweep-requeues", What: "at boot, what was being sent goes back into the queue",
			Scenario: "kill", Faults: 25,
			Edits: []edit{{
				"gateway/dispatch.go",
				"d.toUnknown(m, m.Attempts, BoxRestarted, \"\")",
				"Change{State: Queued, Reason: InQueue, NotBefore: time.Now(), Attempt: m.Attempts, AttemptState: AttemptNotSent}",
			}},
		},
		{
			Name: "unanswered-is-unsent", What: "a send without an answer counts as not sent",
			Scenario: "unplug", Faults: 12,
			Edits: []edit{
				{"gateway/outcome.go", "\tcase device.Unavailable, device.RateLimited, device.Unauthorized, device.Internal:\n", "\tcase device.Unavailable, device.RateLimited, device.Unauthorized, device.Internal, device.Uncertain:\n"},
				{"gateway/outcome.go", "\tcase device.Uncertain:\n", "\tcase device.Kind(\"never\"):\n"},
			},
		},
		{
			Name: "all-parts-again", What: "a long SMS that broke off begins again with its first part",
			Scenario: "unplug", Faults: 12,
			Edits: []edit{{"gateway/dispatch.go", "\treturn a.Envelope, a.Envelope.Parts > 1 &&", "\treturn a.Envelope, false &&"}},
		},
		{
			Name: "part-noted-late", What: "an SMS is written into the modem's journal after it left, not before",
			Scenario: "unplug", Faults: 12,
			Edits: []edit{{"device/modem/send.go", "\t\t\terr := m.save(ctx, part)\n", "\t\t\tvar err error\n"}},
		},
		{
			Name: "cursor-first", What: "the place in the CRM's history is kept before the changes up to it",
			Scenario: "kill", Faults: 25,
			Edits: []edit{{
				"gateway/intake.go",
				"\t\tif _, err := w.Intake.SaveChanges(ctx, changes, next); err != nil {\n",
				"\t\tif _, err := w.Intake.SaveChanges(ctx, nil, next); err != nil {\n\t\t\treturn false, err\n\t\t}\n" +
					"\t\tfor _, c := range changes {\n\t\t\tif _, err := orders.Order(ctx, c.Order); err != nil {\n\t\t\t\treturn false, err\n\t\t\t}\n\t\t}\n" +
					"\t\tif _, err := w.Intake.SaveChanges(ctx, changes, next); err != nil {\n",
			}},
		},
		{
			Name: "key-forgotten", What: "the caller's key of an API message is not kept, so his retry is a new message",
			Scenario: "kill", Faults: 25,
			Edits: []edit{{"gateway/desk.go", "\tif draft.Key == \"\" {\n\t\tvar random", "\tif true {\n\t\tvar random"}},
		},
	}
}
