package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// The bare loop is the floor of the WhatsApp rate: whatsmeow with the same options
// and the same durability, in a process of its own like the box, over the same loopback
// socket, against the same simulator in the parent; it sends and keeps nothing.

// bareConfig is what the child of that role gets.
type bareConfig struct {
	Dir      string
	WhatsApp string // address of the simulator, host:port
	To       string // E.164
}

// runBare is the child: "qr CODE" for each code, "ready" once logged in, then it reads
// a number a line and sends as many messages.
func runBare(ctx context.Context, c bareConfig) error {
	whatsapp.TrustRoot()
	dsn := "file:" + filepath.Join(c.Dir, "bare.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"
	container, err := sqlstore.New(ctx, "sqlite", dsn, waLog.Noop)
	if err != nil {
		return err
	}
	defer container.Close()
	through := &http.Client{Transport: toAddress(c.WhatsApp)}
	cli := whatsmeow.NewClient(container.NewDevice(), waLog.Noop)
	cli.SetWebsocketHTTPClient(through)
	cli.SetPreLoginHTTPClient(through)
	cli.SynchronousAck, cli.EnableDecryptedEventBuffer, cli.UseRetryMessageStore = true, true, true
	connected := make(chan struct{}, 8)
	cli.AddEventHandler(func(e any) {
		if _, ok := e.(*events.Connected); ok {
			connected <- struct{}{}
		}
	})
	codes, err := cli.GetQRChannel(ctx)
	if err != nil {
		return err
	}
	if err := cli.Connect(); err != nil {
		return err
	}
	defer cli.Disconnect()
	for item := range codes {
		if item.Event == "code" {
			fmt.Println("qr", item.Code)
		}
	}
	select {
	case <-connected:
	case <-time.After(20 * time.Second):
		return fmt.Errorf("no login within 20 s")
	}
	fmt.Println("ready")
	to := types.NewJID(strings.TrimPrefix(c.To, "+"), types.DefaultUserServer)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		n, err := strconv.Atoi(in.Text())
		if err != nil {
			return err
		}
		for i := range n {
			if _, err := cli.SendMessage(ctx, to, &waE2E.Message{Conversation: proto.String(fmt.Sprintf("Заказ %d готов.", i))}); err != nil {
				return err
			}
		}
	}
	return nil
}

// bare is the child seen from the parent.
type bare struct {
	*child
	world *world.World
	to    *world.Person
}

func startBare(ctx context.Context, dir string, w *world.World) (*bare, error) {
	b := &bare{world: w, to: w.Somebody(true, 0)}
	var err error
	b.child, err = startChild(ctx, roleBare, bareConfig{Dir: dir, WhatsApp: w.WhatsApp.Addr(), To: b.to.Phone})
	if err != nil {
		return nil, err
	}
	for scanned := false; ; {
		line, err := b.line()
		if err != nil {
			return nil, fmt.Errorf("bare loop: %w", err)
		}
		if line == "ready" {
			return b, nil
		}
		if code, ok := strings.CutPrefix(line, "qr "); ok && !scanned {
			scanned = true
			if err := w.Phone.ScanQR(code); err != nil {
				return nil, err
			}
		}
	}
}

// rate sends n messages and times them from the order to the customer's phone.
func (b *bare) rate(ctx context.Context, n int) (float64, error) {
	arrivals := count(b.world, b.to)
	defer arrivals.stop()
	began := time.Now()
	if _, err := fmt.Fprintln(b.in, n); err != nil {
		return 0, err
	}
	if err := arrivals.await(ctx, n); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
