// Command vestnik-demo is the whole product with every outside system simulated,
// and a control page on which one plays the customers, the CRM, the shop's phone,
// the modem and bad luck. With --tour it tells the main job by itself.
package main
