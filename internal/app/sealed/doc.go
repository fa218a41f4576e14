// Package sealed reads and writes the file that a backup is: a tar, encrypted by age
// with a passphrase (age-encryption.org/v1, scrypt), so that it can be opened without
// Vestnik too: age -d FILE | tar x. The first member is the manifest, then come the
// databases it lists, in its order, and nothing else.
//
// It knows nothing of what is in the databases. Imported by internal/app only.
package sealed
