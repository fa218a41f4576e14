// Command vestnik is the daemon and its verbs: see `vestnik help`.
package main
