package modem

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/modem"
)

// fakeTTY lays out one USB interface with a tty as sysfs shows it.
func fakeTTY(t *testing.T, root, tty, vendor, product, number, class, sub, protocol string) {
	t.Helper()
	usb := filepath.Join(root, "sys", "devices", "usb-"+vendor+product)
	iface := filepath.Join(usb, "if"+number)
	port := filepath.Join(iface, tty)
	for path, text := range map[string]string{
		filepath.Join(usb, "idVendor"): vendor, filepath.Join(usb, "idProduct"): product,
		filepath.Join(iface, "bInterfaceNumber"): number, filepath.Join(iface, "bInterfaceClass"): class,
		filepath.Join(iface, "bInterfaceSubClass"): sub, filepath.Join(iface, "bInterfaceProtocol"): protocol,
		filepath.Join(port, "port_number"): "0", filepath.Join(root, "dev", tty): "",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	class1 := filepath.Join(root, "sys", "class", "tty", tty)
	if err := os.MkdirAll(class1, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(port, filepath.Join(class1, "device")); err != nil {
		t.Fatal(err)
	}
}

func TestFindPorts(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	fakeTTY(t, root, "ttyUSB0", "12d1", "1506", "00", "ff", "02", "01") // Huawei data
	fakeTTY(t, root, "ttyUSB1", "12d1", "1506", "01", "ff", "02", "02") // Huawei AT
	fakeTTY(t, root, "ttyUSB2", "12d1", "1506", "02", "ff", "02", "03") // Huawei diagnosis
	fakeTTY(t, root, "ttyUSB3", "2c7c", "0125", "00", "ff", "ff", "ff") // Quectel diagnosis
	fakeTTY(t, root, "ttyUSB4", "2c7c", "0125", "01", "ff", "ff", "ff") // Quectel GPS
	fakeTTY(t, root, "ttyUSB5", "2c7c", "0125", "02", "ff", "ff", "ff") // Quectel AT
	fakeTTY(t, root, "ttyUSB6", "19d2", "0117", "02", "ff", "ff", "ff") // ZTE AT
	fakeTTY(t, root, "ttyUSB7", "1a86", "7523", "00", "ff", "01", "02") // a USB-UART bridge
	fakeTTY(t, root, "ttyACM0", "0000", "0001", "00", "02", "02", "01") // CDC with AT
	dev := filepath.Join(root, "dev")
	byID := filepath.Join(dev, "serial", "by-id")
	if err := os.MkdirAll(byID, 0o755); err != nil {
		t.Fatal(err)
	}
	stable := filepath.Join(byID, "usb-HUAWEI_Mobile-if01-port0")
	if err := os.Symlink("../../ttyUSB1", stable); err != nil {
		t.Fatal(err)
	}
	got := findPorts(dev, filepath.Join(root, "sys"))
	at := func(n string) string { return filepath.Join(dev, n) }
	want := []string{stable, at("ttyUSB5"), at("ttyUSB6"), at("ttyACM0"), at("ttyUSB0"), at("ttyUSB7")}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := findPorts(filepath.Join(root, "nowhere"), root); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestAutoDiscovery offers a port that is silent, one that echoes, one that does not exist, and the modem.
func TestAutoDiscovery(t *testing.T) {
	t.Parallel()
	silent, silentTTY, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	echo, echoTTY, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{silent, silentTTY, echo, echoTTY} {
		t.Cleanup(func() { _ = f.Close() })
	}
	go func() {
		buf := make([]byte, 256)
		for {
			n, err := echo.Read(buf)
			if err != nil {
				return
			}
			_, _ = echo.Write(buf[:n])
		}
	}()
	var plugged func() string
	r := newRig(t, sim.Options{Unplugged: true}, func(o *Options) {
		path := o.Port
		o.Port, o.Probe = Auto, 50*time.Millisecond
		o.Candidates = func() []string {
			return []string{"/nonexistent/ttyUSB9", silentTTY.Name(), echoTTY.Name(), path}
		}
		plugged = func() string { return path }
	})
	r.await(device.LinkAbsent)
	if _, err := r.m.Prepare(t.Context(), device.Outgoing{To: customer, Text: "x"}); device.KindOf(err) != device.Unavailable {
		t.Errorf("without a modem: %v", err)
	}
	if err := r.sim.Plug(); err != nil {
		t.Fatal(err)
	}
	r.await(device.LinkConnected)
	if p := r.m.Link().Port; p != plugged() {
		t.Errorf("port %q", p)
	}
	if _, _, err := r.send("текст"); err != nil {
		t.Fatal(err)
	}
}

// TestPortInUse: the modem belongs to one program at a time, and the state says so.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t, sim.Options{Unplugged: true})
	r.await(device.LinkAbsent)
	r.stop()
	if err := r.sim.Plug(); err != nil {
		t.Fatal(err)
	}
	p, err := openPort(r.sim.Port())
	if err != nil {
		t.Fatal(err)
	}
	r.start()
	r.await(device.LinkNotResponding)
	_ = p.Close()
	r.await(device.LinkConnected)
}

// TestResetLadder: a modem that never shows its prompt gets its radio switched, then a restart.
func TestResetLadder(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{}, func(o *Options) { o.Prompt = 50 * time.Millisecond })
	for i := range 3 {
		r.sim.Faults().HangPrompt(1)
		if _, _, err := r.send("текст"); device.KindOf(err) != device.Unavailable {
			t.Fatalf("try %d: %v", i, err)
		}
		r.await(device.LinkConnected)
	}
	r.eventually("the restart", func() bool { return slices.Contains(r.sim.Commands(), "AT+CFUN=1,1") })
	if !slices.Contains(r.sim.Commands(), "AT+CFUN=4") {
		t.Error("the radio was not switched first")
	}
	r.eventually("a working modem", func() bool {
		if r.m.Link().State != device.LinkConnected {
			return false
		}
		_, _, err := r.send("ушло")
		return err == nil
	})
	r.mustGet("ушло")
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := Options{Sink: nil}
	if _, err := New(good); err == nil {
		t.Error("no sink, no journal")
	}
	for _, pin := range []string{"12", "12345678901", "12a4", `1"`} {
		if _, err := New(Options{Sink: &devicetest.Sink{}, Journal: &memoryJournal{}, PIN: pin}); err == nil {
			t.Errorf("PIN %q", pin)
		}
	}
}
