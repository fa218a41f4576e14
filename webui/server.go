package webui

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"vestnik/gateway"
)

// Server is the pages with their framework around them.
type Server struct {
	matter
	o       Options
	app     *fiber.App
	logins  *limiter
	codes   *limiter
	own     map[string]bool                  // the names that this box has of itself
	hosts   map[string]bool                  // those under which it answers, its own among them
	public  atomic.Pointer[gateway.Settings] // the last ones, for the public name
	links   *linkGate
	hashing chan struct{} // bounds the memory that password checks take together
	owner   sync.Mutex    // one first owner
	trials  trialOrders
	onces   onces
	opens   opens
	doors   *doors
	panel   *panelGate
	halves  *halfFiles
	edits   *lastEdits

	closeOnce sync.Once
	closing   chan struct{}
}

// requestTimeout bounds what a page may wait for the CRM or a modem.
const requestTimeout = 40 * time.Second

// maxBody is the largest request in bytes; a larger one is answered with 413.
const maxBody = 1 << 20

// matter is what is the same for every server: the files that were built in, parsed.
type matter struct {
	assets *assets
	words  map[string]*words
	pages  *pages
}

// loadMatter parses them once: they are part of the program and do not change.
var loadMatter = sync.OnceValues(readMatter)

func readMatter() (m matter, err error) {
	if m.assets, err = loadAssets(); err != nil {
		return m, err
	}
	if m.words, err = loadWords(); err != nil {
		return m, err
	}
	m.pages, err = loadPages(m.words, m.assets)
	return m, err
}

// New parses every page in every language and wires the addresses.
func New(o Options) (*Server, error) {
	m, err := loadMatter()
	if err != nil {
		return nil, err
	}
	return m.serve(o)
}

func (m matter) serve(o Options) (*Server, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		o: o, matter: m, closing: make(chan struct{}), hashing: make(chan struct{}, 2), own: allowedHosts(nil), hosts: allowedHosts(o.AllowedHosts), links: newLinkGate(o.Now),
		logins: newLimiter(5, 30*time.Second, o.Now), codes: newLimiter(5, time.Minute, o.Now),
		doors: newDoors(o.Now), panel: newPanelGate(o.Now), halves: newHalfFiles(o.Now), edits: newLastEdits(),
	}
	s.app = fiber.New(s.config(s.fail))
	s.routes()
	return s, nil
}

func (s *Server) config(fail fiber.ErrorHandler) fiber.Config {
	return fiber.Config{
		AppName: "Vestnik", Immutable: true, DisableStartupMessage: true, BodyLimit: maxBody,
		ReadBufferSize: 16 << 10, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, ErrorHandler: hearOut(fail),
	}
}

// App is the fiber application, for tests.
func (s *Server) App() *fiber.App { return s.app }

// Serve answers on l until ctx ends; then open event streams end at once, other
// requests have five seconds, and it answers nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.app.Listener(l) }()
	select {
	case err := <-failed:
		s.Close()
		return fmt.Errorf("webui: serve: %w", err)
	case <-ctx.Done():
	}
	s.Close()
	if err := s.app.ShutdownWithTimeout(5 * time.Second); err != nil {
		s.o.Logger.Warn("pages did not end in time", "error", err)
		return nil
	}
	_ = l.Close() // an end that came before the beginning has shut nothing down
	<-failed
	return nil
}

// Close ends the open event streams.
func (s *Server) Close() { s.closeOnce.Do(func() { close(s.closing) }) }

func (s *Server) routes() {
	a := s.app
	a.Use(s.recoverPanic, s.headers, s.publicDoor)
	a.Get("/healthz", alive)
	a.Get("/readyz", s.whileDamaged, s.ready)
	if s.o.Metrics != nil {
		a.Get("/metrics", s.whileDamaged, s.metrics())
	}
	if s.o.Hook != nil {
		a.Post("/hooks/chats/:secret", s.whileDamaged, s.deadline, s.hook)
	}
	if s.o.Support != nil {
		a.Post("/panel/v1/lookup", s.whileDamaged, s.lookup)
	}
	a.Use(s.checkHost, s.deadline)
	a.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: neverPacked}))
	a.Get("/assets/:name", s.assets.serve)
	if s.o.Invites != nil {
		a.Get("/r/:token", s.openLink)
	}
	a.Use(s.whileDamaged)
	if s.o.API != nil {
		s.o.API(a.Group("/api/v1"))
	}
	if s.o.Support != nil {
		s.embedRoutes(a)
	}
	a.Use(s.visit, s.checkForm)
	a.Post("/language", s.setLanguage)
	a.Get("/login", s.showLogin)
	a.Post("/login", s.doLogin)
	s.setupRoutes(a)
	a.Use(s.mustLogin)
	s.staffRoutes(a)
	a.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}

// neverPacked are the streams: one that breaks off must not look whole, which packing makes it.
func neverPacked(c *fiber.Ctx) bool {
	return c.Path() == "/events" || strings.HasSuffix(c.Path(), ".csv")
}

func (s *Server) staffRoutes(a *fiber.App) {
	manager, owner := s.need(gateway.Manager), s.need(gateway.Owner)
	a.Get("/events", s.events)
	a.Get("/rail", s.showRail)
	a.Post("/logout", s.logout)
	a.Get("/", s.showOverview)
	s.pairingRoutes(a, manager, owner)
	if s.o.Talk != nil {
		s.inboxRoutes(a)
		s.botRoutes(a, manager)
		s.marksRoutes(a, manager)
		s.chatRoutes(a, manager)
	}
	if s.o.Support != nil {
		s.supportRoutes(a, manager, owner)
	}
	s.ruleRoutes(a, manager)
	if s.o.Invites != nil {
		s.inviteRoutes(a, manager)
	}
	if s.o.Campaigns != nil {
		s.campaignRoutes(a, manager)
	}
	s.journalRoutes(a)
	s.heldRoutes(a, manager)
	s.deviceRoutes(a, manager)
	s.settingsRoutes(a, manager, owner)
}
