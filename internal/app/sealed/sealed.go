package sealed

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"filippo.io/age"

	"vestnik/gateway"
)

// Format is the newest format that this program writes and reads.
const Format = 1

// The members that a backup may have besides its manifest; the ledger is always there
// and first.
const (
	Ledger   = "vestnik.db"
	WhatsApp = "whatsapp.db"
)

const memberManifest = "manifest.json"

// maxManifest bounds the manifest in bytes.
const maxManifest = 1 << 20

// Manifest says what is in a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Product string    `json:"product"` // version of Vestnik
	MadeAt  time.Time `json:"made_at"`
	Box     string    `json:"box"`
	Members []Member  `json:"members"`
	// Rows are the rows of the ledger's tables, by name.
	Rows map[string]int64 `json:"rows"`
}

// Member is one database in a backup.
type Member struct {
	Name   string `json:"name"`
	Schema int    `json:"schema"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Size is that of all members together, in bytes.
func (m Manifest) Size() (sum int64) {
	for _, member := range m.Members {
		sum += member.Size
	}
	return sum
}

// check tells whether a manifest makes sense; its error is a *gateway.BackupFault
// without a path.
func (m Manifest) check() error {
	if m.Format > Format {
		return &gateway.BackupFault{Problem: gateway.BackupNewer, Version: m.Product, Err: fmt.Errorf("its format is %d, this program knows %d", m.Format, Format)}
	}
	broken := func(format string, args ...any) error {
		return &gateway.BackupFault{Problem: gateway.BackupBroken, Err: fmt.Errorf(format, args...)}
	}
	if m.Format < 1 || m.MadeAt.IsZero() || len(m.Members) == 0 || m.Members[0].Name != Ledger {
		return broken("the manifest lacks its format, its time or the ledger")
	}
	names := []string{}
	for _, member := range m.Members {
		if member.Name != Ledger && member.Name != WhatsApp || slices.Contains(names, member.Name) {
			return broken("the manifest has a member %q", member.Name)
		}
		if member.Size < 0 || member.Size > math.MaxInt64/4 {
			return broken("%s is said to have %d bytes", member.Name, member.Size)
		}
		names = append(names, member.Name)
	}
	return nil
}

// Work is the cost of trying one passphrase: 2^15 with blocks of 8 takes 32 MB
// and some 0.1 s on a desktop core, which a box with 512 MB can spare. Files made
// elsewhere with up to 2^18 (age's own default, 256 MB) are read.
const (
	Work    = 15
	maxWork = 18
)

// Pack writes a backup of the members' files, which lie in dir, and tells progress
// in bytes.
func Pack(ctx context.Context, w io.Writer, passphrase string, work int, dir string, m Manifest, progress func(done, total int64)) error {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return err
	}
	to.SetWorkFactor(work)
	sealed, err := age.Encrypt(w, to)
	debug.FreeOSMemory() // what scrypt took is not needed again today
	if err != nil {
		return err
	}
	if err := packPlain(ctx, sealed, dir, m, progress); err != nil {
		return err
	}
	return sealed.Close()
}

func packPlain(ctx context.Context, w io.Writer, dir string, m Manifest, progress func(done, total int64)) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	header := func(name string, size int64) error {
		return out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: size, ModTime: m.MadeAt, Format: tar.FormatPAX})
	}
	if err := header(memberManifest, int64(len(text))); err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	done := int64(0)
	for _, member := range m.Members {
		if err := header(member.Name, member.Size); err != nil {
			return err
		}
		f, err := os.Open(filepath.Join(dir, member.Name))
		if err != nil {
			return err
		}
		_, err = io.Copy(out, &counting{ctx: ctx, r: f, tell: func(n int) { done += int64(n); progress(done, m.Size()) }})
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// counting reads until its context ends.
type counting struct {
	ctx  context.Context
	r    io.Reader
	tell func(n int)
}

func (c *counting) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.tell(n)
	return n, err
}

// Open begins to decrypt a backup; its error is a *gateway.BackupFault without a
// path.
func Open(r io.Reader, passphrase string) (io.Reader, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, &gateway.BackupFault{Problem: gateway.BackupWrongPass}
	}
	id.SetMaxWorkFactor(maxWork)
	in := bufio.NewReaderSize(r, 64<<10)
	if start, err := in.Peek(len(Magic)); err != nil || string(start) != Magic {
		return nil, &gateway.BackupFault{Problem: gateway.BackupNotOurs}
	}
	plain, err := age.Decrypt(in, id)
	debug.FreeOSMemory()
	var no *age.NoIdentityMatchError
	switch {
	case err == nil:
		return plain, nil
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, &gateway.BackupFault{Problem: gateway.BackupCut, Err: err}
	case errors.As(err, &no), errors.Is(err, age.ErrIncorrectIdentity):
		return nil, &gateway.BackupFault{Problem: gateway.BackupWrongPass}
	}
	return nil, &gateway.BackupFault{Problem: gateway.BackupBroken, Err: err}
}

// Magic is what every backup begins with.
const Magic = "age-encryption.org/v1\n"

// Unpack reads the tar into dir, believing nothing: every member must have its name,
// its size and its hash, and the stream must end where the tar ends. room is asked
// before the first member is written. The error is a *gateway.BackupFault without a
// path, or one of writing in dir.
func Unpack(ctx context.Context, r io.Reader, dir string, room func(bytes int64) error) (Manifest, error) {
	in := tar.NewReader(r)
	m, err := readManifest(in)
	if err != nil {
		return m, err
	}
	if err := room(m.Size()); err != nil {
		return m, err
	}
	for _, member := range m.Members {
		h, err := in.Next()
		if err != nil {
			return m, readFault(err)
		}
		if h.Name != member.Name || h.Size != member.Size || h.Typeflag != tar.TypeReg {
			return m, &gateway.BackupFault{Problem: gateway.BackupBroken, Err: fmt.Errorf("%q stands where %s should", h.Name, member.Name)}
		}
		if err := unpackMember(ctx, in, filepath.Join(dir, member.Name), member); err != nil {
			return m, err
		}
	}
	if h, err := in.Next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("a member %q too many", h.Name)
		}
		return m, readFault(err)
	}
	// The last block of the encryption says that nothing was cut off: it must be read.
	rest, err := io.Copy(io.Discard, io.LimitReader(r, maxManifest))
	if err != nil {
		return m, readFault(err)
	}
	if rest == maxManifest {
		return m, readFault(errors.New("something stands behind the end"))
	}
	return m, nil
}

func readManifest(in *tar.Reader) (Manifest, error) {
	var m Manifest
	h, err := in.Next()
	if err != nil {
		return m, readFault(err)
	}
	if h.Name != memberManifest || h.Size > maxManifest {
		return m, &gateway.BackupFault{Problem: gateway.BackupNotOurs}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return m, readFault(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, readFault(err)
	}
	return m, m.check()
}

func unpackMember(ctx context.Context, in io.Reader, path string, member Member) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		sum.Write(buf[:n])
		if _, err := f.Write(buf[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return readFault(err)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != member.SHA256 {
		return &gateway.BackupFault{Problem: gateway.BackupBroken, Err: fmt.Errorf("%s has another hash than the manifest says", member.Name)}
	}
	return f.Close() // on the disk it is when the caller has made of it what it wants
}

// readFault is a fault of the stream itself.
func readFault(err error) error {
	var fault *gateway.BackupFault
	switch {
	case errors.As(err, &fault):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &gateway.BackupFault{Problem: gateway.BackupCut, Err: err}
	}
	return &gateway.BackupFault{Problem: gateway.BackupBroken, Err: err}
}

// fileHash is the SHA-256 of a file in hex, and its size in bytes.
func fileHash(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), n, err
}

// Says is what is in a backup, for a person at a terminal.
func (m Manifest) Says() string {
	return fmt.Sprintf("%d messages, %d rules, %.1f MB before encryption", m.Rows["message"], m.Rows["rule"], float64(m.Size())/(1<<20))
}

// Add takes a file of a folder in as a member.
func (m *Manifest) Add(dir, name string, schema int) error {
	sum, size, err := fileHash(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	m.Members = append(m.Members, Member{Name: name, Schema: schema, Size: size, SHA256: sum})
	return nil
}

// Names are those of the members.
func (m Manifest) Names() (names []string) {
	for _, member := range m.Members {
		names = append(names, member.Name)
	}
	return names
}
