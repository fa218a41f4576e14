package app

import (
	"os"
	"slices"
	"testing"
)

func TestOnlyTheProgramsOwnUnchangeablePagesAreGivenBack(t *testing.T) {
	t.Parallel()
	const maps = `00400000-010fa000 r-xp 00000000 fe:00 1 /usr/bin/vestnik
010fa000-021d1000 r--p 00cfa000 fe:00 1 /usr/bin/vestnik
021d1000-02200000 rw-p 01dd1000 fe:00 1 /usr/bin/vestnik
7f00-7f10 r--s 00000000 fe:00 2 /usr/bin/vestnik
7f20-7f30 r--p 00000000 fe:00 3 /var/lib/vestnik/vestnik.db
7f40-7f50 r-xp 00000000 00:00 0 [vdso]
7f60-7f70 r--p 00000000 fe:00 1 /usr/bin/vestnik (deleted)
`
	want := []mapping{{0x400000, 0x10fa000}, {0x10fa000, 0x21d1000}}
	if got := readOnly([]byte(maps), "/usr/bin/vestnik"); !slices.Equal(got, want) {
		t.Errorf("%x", got)
	}
	if _, err := os.Stat("/proc/self/maps"); err == nil {
		Trim(t.Context()) // and the process goes on
	}
}
