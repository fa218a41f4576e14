// Package app wires the rooms into one running shop: Options, New, Run, a
// supervisor for the loops, and teardown in reverse order. The daemon, the demo,
// the scenario tests and the benchmark all start the product here.
//
// It holds no rules of the shop: those live in gateway. What it owns is the order of
// starting and stopping, the lock on the data folder, the configuration file, and the
// radios that settings switch on and off.
//
// Imported by cmd only.
package app
