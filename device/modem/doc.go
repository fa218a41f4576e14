// Package modem drives a GSM modem over AT commands on a serial port: it sends
// SMS in PDU mode, hears delivery reports and incoming SMS, and tells in which
// state SIM, network and stick are.
//
// One goroutine owns the modem and has one command in flight; everything else
// asks it. A command that runs into its time limit leaves the port unusable: it is
// thrown away and opened again, so that a late answer is never taken for the
// answer to the next command.
//
// The package is not a queue and knows no pace, no caps and no hours: that is the
// gateway's. It decides nothing about a message whose fate is unknown; it says
// device.Uncertain, and later, when the network's delivery report comes, which
// message it was.
//
// It imports device and the PDU codec. Only internal/app and cmd/vestnik-demo may
// import it; the store keeps the Journal without knowing it.
package modem
