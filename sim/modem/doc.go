// Package modem is a GSM modem for tests and the demo: it speaks AT commands over a pty and carries SMS to a simulated
// network and the customers' simulated phones.
//
// Whoever opens the port sees what a USB stick or a UART module shows: echo, result codes, the "> " prompt, unsolicited
// lines, storage slots, delivery reports, and, on request, everything that goes wrong with real sticks (unplugged at each
// phase of a submit, answers that never come, noise between lines, an operator's refusals). Every SMS-SUBMIT is checked
// octet by octet by a parser of this package and refused with +CMS ERROR: 304 when it is not well formed; what passed is
// shown as the customer's phone would show it. Commands: 3GPP TS 27.007 and TS 27.005; PDUs: 3GPP TS 23.040 and 23.038.
//
// What it is not: a model of radio, of USB buffers or of a whole vendor firmware. Vendor profiles hold only the differences
// that a program which sends SMS meets.
//
// Only cmd/vestnik-demo and tests may import it.
package modem
