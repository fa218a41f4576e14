package card_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway/card"
)

func TestRobot(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"anna@mail.ru": "", "Anna.Petrova+shop@gmail.com": "", "robert@shop.ru": "", "norepinsky@mail.ru": "", "info@company.ru": "", "nullin@mail.ru": "",
		"noreply@shop.ru": card.RobotNoReply, "No-Reply@shop.ru": card.RobotNoReply, "no_reply+123@ozon.ru": card.RobotNoReply, "do-not-reply@x.com": card.RobotNoReply,
		"noreply-order@wb.ru": card.RobotNoReply, "notifications@github.com": card.RobotNoReply, "x@noreply.github.com": card.RobotNoReply, "1+a@users.noreply.github.com": card.RobotNoReply,
		"MAILER-DAEMON@mail.ru": card.RobotMailer, "postmaster@mail.ru": card.RobotMailer, "bounce-12=anna@x.com": card.RobotMailer, "bounces+1@x.com": card.RobotMailer,
		"tg123@telegram.helpdeskeddy.com": card.RobotTechnical, "a@example.com": card.RobotTechnical, "79123456789@s.whatsapp.net": card.RobotTechnical, "x@host.local": card.RobotTechnical,
		"anna@chat.shop.ru": card.RobotIgnored, "anna@shop.ru": card.RobotIgnored, "anna@notmyshop.ru": "", "": card.RobotNoAddress, "anna": card.RobotNoAddress, "@x.ru": card.RobotNoAddress, "a@b@c": card.RobotNoAddress,
	} {
		ignore := []string{" "}
		if want == card.RobotIgnored || strings.Contains(email, "notmy") {
			ignore = append(ignore, "@Shop.ru")
		}
		if got := card.Robot(email, ignore...); got != want {
			t.Errorf("%q: %q, want %q", email, got, want)
		}
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	got := card.Phones([]string{"8 912 345-67-89", "9123456789", "тел. +7 (912) 345-67-89 доб. 12; 8 495 123-45-67", "нет", "", "900"}, "RU")
	if diff := cmp.Diff([]device.Phone{"+79123456789", "+74951234567"}, got); diff != "" {
		t.Error(diff)
	}
}
