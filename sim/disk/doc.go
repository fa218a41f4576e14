// Package disk is a disk whose plug can be pulled: a FUSE file system that knows,
// for every file, what a real disk would still hold after a power cut, and that
// can be cut, powered on again, slowed down and made to fail.
//
//	program ─ write, rename, fsync ─▶ kernel ─ FUSE ─▶ Disk ─▶ one object a file in a scratch folder
//	                                                   │
//	                                                   └─ what the platter holds of every page,
//	                                                      size and name that was not synced
//
// # What survives a cut
//
// Data: what was written before the last fsync or fdatasync of that file that
// returned without an error, in pages of 4096 bytes. What was written later is lost
// altogether (LoseAll) or page by page at random, which is the reordering a real disk
// is free to do (KeepSome), or also torn within a page at a sector of 512 bytes
// (Tear). A page that was written twice since the last fsync holds the first or the
// last content, never the one between.
//
// Size: as data. A file that grew may come back longer than what of its data
// arrived; the hole reads as zeros.
//
// Names (create, link, unlink, rename, mkdir, rmdir): durable once the file itself
// or a folder that gained or lost the name is synced. ext4 gives more: any fsync
// commits every earlier change of names anywhere. f2fs, which is common on memory
// cards, does not, so a program that is right here is right on both. As on every
// journalled file system a rename is one step: a file never ends in neither place,
// and an fsync of a file makes the folders above it durable as well. With KeepSome
// and Tear the oldest changes of names since their sync may have arrived, in their
// order, as when the journal was written by its timer.
//
// Not modelled: owners, modes and times (they are kept as they were last set),
// cards that lie about fsync.
//
// # Faults
//
// An fsync that fails with EIO leaves the pages clean, as Linux does: a second fsync
// succeeds, and still the pages are not on the platter and are lost at the next cut,
// except for those that were written again. Writes can fail with any error, and a
// Capacity makes the disk full.
//
// # Notes on use
//
// It must run in another process than the program that maps its files into memory
// (SQLite maps its -shm file): a page fault is no system call to Go's runtime, and
// the collector would wait for the very thread that waits for this package. Plain
// reads and writes of the same process are fine. A child's working folder or program
// must not lie on the disk, for the same reason.
//
// Freeze the program (SIGSTOP) before Cut and kill it after: a process that lives
// some milliseconds past the cut acknowledges things that never were.
//
// Files are mapped and cached by the kernel as on any disk (no direct_io, which
// would refuse a shared map); writes are not held back by it (no writeback cache), so
// the Disk hears of each at once. Locks are the kernel's own.
//
// Tests, cmd/vestnik-soak and cmd/vestnik-bench may import it; what ships may not.
package disk
