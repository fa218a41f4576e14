package whatsapp

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"google.golang.org/protobuf/proto"
)

// Media is an attachment as a person's phone shows it.
type Media struct {
	Kind     string // image, video, audio, document
	Mime     string
	FileName string // documents only
	// Data is shared by all who got the same file: not to be changed. It is nil if the file was not on the
	// media server or did not decrypt.
	Data      []byte
	Thumbnail []byte // what the phone shows before the file is there
}

// mediaStore is the media host: encrypted files by path.
type mediaStore struct {
	mu      sync.Mutex
	blobs   map[string][]byte
	opened  map[string][]byte // decrypted files by path and key, so that a mailing's picture is there once
	uploads int
}

const maxMedia = 64 << 20

// handleMediaConn tells a client where the media host is. Called with mu held.
func (s *Server) handleMediaConn(c *conn, node *waBinary.Node) {
	c.result(node, waBinary.Node{
		Tag: "media_conn", Attrs: waBinary.Attrs{"auth": "sim", "ttl": "3600", "auth_ttl": "3600", "max_buckets": "12"},
		Content: []waBinary.Node{{Tag: "host", Attrs: waBinary.Attrs{"hostname": "mmg.whatsapp.net"}}},
	})
}

// serveMedia takes uploads (POST /mms/<kind>/<token>) and gives files out (GET /v/<name>?…).
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/mms/"):
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMedia))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		if code := s.faults.uploadFate(); code != 0 {
			http.Error(w, "not now", code)
			return
		}
		direct := s.media.upload(body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{ // the client may be gone
			"url": "https://mmg.whatsapp.net" + direct, "direct_path": direct, "handle": "sim",
		})
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v/"):
		body, ok := s.media.get(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body) // the client may be gone
	case r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/mms/"):
		w.WriteHeader(http.StatusOK)
	default:
		s.mu.Lock()
		s.puzzled("HTTP %s %s%s", r.Method, r.Host, r.URL.Path)
		s.mu.Unlock()
		http.NotFound(w, r)
	}
}

// put stores a file and returns its path; the client appends "&hash=…", so the path must have a '?'.
func (m *mediaStore) put(body []byte) string {
	sum := sha256.Sum256(body)
	path := "/v/" + hex.EncodeToString(sum[:16])
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[path] = body
	return path + "?sim=1"
}

func (m *mediaStore) upload(body []byte) string {
	m.mu.Lock()
	m.uploads++
	m.mu.Unlock()
	return m.put(body)
}

// Uploads counts the files that clients brought to the media host.
func (s *Server) Uploads() int {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	return s.media.uploads
}

func (m *mediaStore) get(path string) ([]byte, bool) {
	path, _, _ = strings.Cut(path, "?")
	m.mu.Lock()
	defer m.mu.Unlock()
	body, ok := m.blobs[path]
	return body, ok
}

// mediaMessage is what all kinds of media messages have in common.
type mediaMessage interface {
	GetDirectPath() string
	GetMediaKey() []byte
}

// mediaKeys derives IV, cipher key and MAC key from the key in the message.
func mediaKeys(key []byte, kind string) (iv, cipherKey, macKey []byte) {
	info := map[string]whatsmeow.MediaType{
		"image": whatsmeow.MediaImage, "video": whatsmeow.MediaVideo, "audio": whatsmeow.MediaAudio, "document": whatsmeow.MediaDocument,
	}[kind]
	expanded := hkdfutil.SHA256(key, nil, []byte(info), 112)
	return expanded[:16], expanded[16:48], expanded[48:80]
}

// open fetches and decrypts an attachment: AES-256-CBC with 10 bytes of HMAC-SHA256 over IV and ciphertext behind it.
func (m *mediaStore) open(kind, mime, fileName string, msg mediaMessage) *Media {
	found := &Media{Kind: kind, Mime: mime, FileName: fileName}
	body, ok := m.get(msg.GetDirectPath())
	if !ok || len(body) < 10 {
		return found
	}
	known := kind + msg.GetDirectPath() + string(msg.GetMediaKey())
	m.mu.Lock()
	found.Data = m.opened[known]
	m.mu.Unlock()
	if found.Data != nil {
		return found
	}
	iv, cipherKey, macKey := mediaKeys(msg.GetMediaKey(), kind)
	sealed, mac := body[:len(body)-10], body[len(body)-10:]
	if !hmac.Equal(mediaMAC(macKey, iv, sealed), mac) {
		return found
	}
	if plain, err := cbcutil.Decrypt(cipherKey, iv, bytes.Clone(sealed)); err == nil {
		found.Data = plain
		m.mu.Lock()
		put(&m.opened, known, plain)
		m.mu.Unlock()
	}
	return found
}

func mediaMAC(key, iv, sealed []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(iv)
	mac.Write(sealed)
	return mac.Sum(nil)[:10]
}

// SendImage writes to the shop's number with a picture (any bytes) and a caption. It returns the message id.
func (c *Customer) SendImage(to string, data []byte, mime, caption string, how Addressing) (string, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	iv, cipherKey, macKey := mediaKeys(key, "image")
	sealed, err := cbcutil.Encrypt(cipherKey, iv, data)
	if err != nil {
		return "", fmt.Errorf("whatsapp simulator: image: %w", err)
	}
	body := append(bytes.Clone(sealed), mediaMAC(macKey, iv, sealed)...)
	direct := c.srv.media.put(body)
	plainSum, sealedSum := sha256.Sum256(data), sha256.Sum256(body)
	msg := &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: proto.String("https://mmg.whatsapp.net" + direct), DirectPath: proto.String(direct), Mimetype: proto.String(mime),
		Caption: proto.String(caption), MediaKey: key, FileSHA256: plainSum[:], FileEncSHA256: sealedSum[:],
		FileLength: proto.Uint64(uint64(len(data))),
	}}
	return c.send(to, msg, how, "media", "image")
}
