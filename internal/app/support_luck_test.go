package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/sim/helpdeskeddy"
)

// served wants each of some tickets to have just one comment of ours.
func (b *box) served(tickets []helpdeskeddy.Ticket) {
	b.t.Helper()
	for _, x := range tickets {
		if n := len(b.world.Helpdesk.Comments(x.ID)); n != 1 {
			b.t.Errorf("ticket %d has %d comments: %+v", x.ID, n, b.world.Helpdesk.Comments(x.ID))
		}
	}
}

// allServed waits until each of some tickets has a comment.
func (b *box) allServed(most time.Duration, tickets []helpdeskeddy.Ticket) {
	b.t.Helper()
	b.eventually(most, fmt.Sprintf("%d tickets have their comment", len(tickets)), func() bool {
		for _, x := range tickets {
			if len(b.world.Helpdesk.Comments(x.ID)) == 0 {
				return false
			}
		}
		return true
	})
	b.served(tickets)
}

// ask has n people of the CRM ask for something.
func (b *box) ask(n int) (tickets []helpdeskeddy.Ticket) {
	b.t.Helper()
	people := b.world.CRM.Customers()
	for i := range n {
		c := people[i%20]
		tickets = append(tickets, b.world.Asks(c, fmt.Sprintf("Вопрос %d", i), "Добрый день"))
	}
	return tickets
}

func TestATicketThatIsMergedOrDeletedWhileTheBoxWrites(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*helpdeskeddy.Account, int, int) error{
		"merged":           func(hd *helpdeskeddy.Account, id, into int) error { return hd.Merge(into, id) },
		"in the bin":       func(hd *helpdeskeddy.Account, id, _ int) error { return hd.Delete(id, false) },
		"deleted for good": func(hd *helpdeskeddy.Account, id, _ int) error { return hd.Delete(id, true) },
	} {
		for _, when := range []string{"GET /posts/", "GET /comments/", "POST /comments/", "PUT /tickets/"} {
			t.Run(name+" at "+when, func(t *testing.T) {
				t.Parallel()
				inOwnTime(t, shop{}, func(t *testing.T, b *box) {
					hd, vip := b.world.Helpdesk, b.customer(0, isVIP)
					into := b.world.Asks(vip, "Первая", "Добрый день")
					b.comment(into.ID, vip.LastName)
					b.takenUp(into.ID)
					method, path, _ := strings.Cut(when, " ")
					id := 0
					done := make(chan struct{})
					b.toSupport.meddle(method, path, func(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
						defer close(done)
						if err := end(hd, id, into.ID); err != nil {
							b.t.Error(err)
						}
						return send()
					})
					ticket := b.world.Asks(vip, "Вторая", "Добрый день")
					id = ticket.ID
					<-done
					time.Sleep(10 * time.Minute)
					k := b.kept(ticket.ID)
					if k.Open || !k.DueAt.IsZero() {
						t.Errorf("work goes on at a ticket that is no more: %+v", k)
					}
					ours := 0
					for _, c := range hd.Comments(into.ID) {
						if strings.Contains(c.Text, fmt.Sprintf("Vestnik · %d", into.ID)) {
							ours++
						}
					}
					if ours != 1 {
						t.Errorf("the other ticket has %+v", hd.Comments(into.ID))
					}
					from := len(hd.Sent())
					time.Sleep(30 * time.Minute)
					for _, x := range hd.Sent()[from:] {
						if strings.Contains(x.Path, fmt.Sprint("/", ticket.ID)) {
							t.Errorf("still asked: %s %s", x.Method, x.Path)
						}
					}
				})
			})
		}
	}
}

func TestABanInTheMiddleOfCatchingUp(t *testing.T) {
	t.Parallel()
	for _, as := range []int{401, 429} {
		t.Run(fmt.Sprint(as), func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{helpdesk: helpdeskeddy.Options{BanAs: as}, config: "{per_minute: 60}"}, func(t *testing.T, b *box) {
				hd := b.world.Helpdesk
				b.seededTakenUp()
				hd.Faults().Down(true)
				time.Sleep(5 * time.Minute)
				tickets := b.ask(40)
				time.Sleep(time.Minute)
				hd.Faults().Down(false)
				b.eventually(20*time.Minute, "half of them are caught up", func() bool {
					n := 0
					for _, x := range tickets {
						n += len(hd.Comments(x.ID))
					}
					return n >= 15
				})
				hd.Ban(20 * time.Minute)
				banned := time.Now()
				status := func() gateway.HelpdeskStatus { return b.app.Support().HelpdeskStatus() }
				b.eventually(time.Minute, "the ban is known", func() bool { return status().State == gateway.HelpdeskBanned })
				if s := status(); s.Until.Before(banned.Add(19*time.Minute)) || s.Until.After(banned.Add(25*time.Minute)) {
					t.Errorf("banned until %s, it began at %s", s.Until, banned)
				}
				before := hd.Requests(banned)
				if before > 3 {
					t.Errorf("%d requests met the ban", before)
				}
				b.app.Wake()
				time.Sleep(19 * time.Minute)
				if n := hd.Requests(banned); n != before {
					t.Errorf("%d requests left during the ban", n-before)
				}
				if s := status(); s.State != gateway.HelpdeskBanned {
					t.Errorf("the state during the ban is %s", s.State)
				}
				b.allServed(30*time.Minute, tickets)
				time.Sleep(10 * time.Minute)
				b.served(tickets)
				if s := status(); s.State != gateway.HelpdeskConnected {
					t.Errorf("the state after the ban is %s", s.State)
				}
				if n := hd.MaxPerMinute(); n > 60 {
					t.Errorf("%d requests in a minute", n)
				}
			})
		})
	}
}

func TestARestartDuringABanAsksOnceAndWaits(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		hd := b.world.Helpdesk
		b.seededTakenUp()
		hd.Ban(20 * time.Minute)
		tickets := b.ask(3)
		time.Sleep(time.Minute)
		b.stop()
		from := time.Now()
		b.start()
		time.Sleep(15 * time.Minute)
		if n := hd.Requests(from); n > 3 {
			t.Errorf("%d requests after the restart", n)
		}
		b.allServed(30*time.Minute, tickets)
	})
}

func TestAKeyThatIsRevokedAndGivenAnew(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		hd := b.world.Helpdesk
		b.seededTakenUp()
		if err := hd.RevokeKey(helpdeskeddy.VestnikID); err != nil {
			t.Fatal(err)
		}
		tickets := b.ask(3)
		state := func() gateway.HelpdeskState { return b.app.Support().HelpdeskStatus().State }
		b.eventually(time.Minute, "the key is known to be wrong", func() bool { return state() == gateway.HelpdeskWrongKey })
		from := time.Now()
		time.Sleep(30 * time.Minute)
		if n := hd.Requests(from); n > 12 {
			t.Errorf("%d requests with a wrong key in half an hour", n)
		}
		if s := state(); s != gateway.HelpdeskWrongKey {
			t.Errorf("the state is %s", s)
		}
		key, err := hd.NewKey(helpdeskeddy.VestnikID)
		if err != nil {
			t.Fatal(err)
		}
		b.world.HelpdeskKey = key
		b.apply(`helpdesk: {key: "` + key + `"}`)
		b.allServed(2*time.Minute, tickets)
		if s := state(); s != gateway.HelpdeskConnected {
			t.Errorf("the state is %s", s)
		}
	})
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	write := helpdeskeddy.Where{Method: "POST", Path: "/comments/"}
	for name, worsen := range map[string]func(*helpdeskeddy.Faults){
		"a page of a gateway":           func(f *helpdeskeddy.Faults) { f.Page(502, 5, helpdeskeddy.Where{}) },
		"a page with 200":               func(f *helpdeskeddy.Faults) { f.Page(200, 5, helpdeskeddy.Where{}) },
		"a page to a comment":           func(f *helpdeskeddy.Faults) { f.Page(200, 2, write) },
		"cut off in the middle":         func(f *helpdeskeddy.Faults) { f.Truncate(4, helpdeskeddy.Where{}) },
		"a comment's answer is cut off": func(f *helpdeskeddy.Faults) { f.Truncate(1, write) },
		"odd bodies": func(f *helpdeskeddy.Faults) {
			for _, body := range []string{helpdeskeddy.OddEmpty, helpdeskeddy.OddNull, helpdeskeddy.OddList, helpdeskeddy.OddNoData, helpdeskeddy.OddText, helpdeskeddy.OddData, helpdeskeddy.OddNotice} {
				f.Odd(1, body, helpdeskeddy.Where{})
			}
		},
		"odd bodies to comments": func(f *helpdeskeddy.Faults) {
			f.Odd(1, helpdeskeddy.OddNoData, write)
			f.Odd(1, helpdeskeddy.OddNotice, write)
		},
		"no body to comments": func(f *helpdeskeddy.Faults) {
			f.Odd(1, helpdeskeddy.OddEmpty, write)
			f.Odd(1, helpdeskeddy.OddNull, write)
		},
		"a comment's answer is lost": func(f *helpdeskeddy.Faults) { f.CutAfter(1, write) },
		"a comment is lost":          func(f *helpdeskeddy.Faults) { f.CutBefore(1, write) },
		"an edit's answer is lost":   func(f *helpdeskeddy.Faults) { f.CutAfter(1, helpdeskeddy.Where{Method: "PUT", Path: "/comments/"}) },
		"a raise's answer is lost":   func(f *helpdeskeddy.Faults) { f.CutAfter(1, helpdeskeddy.Where{Method: "PUT", Path: "/tickets/"}) },
		"errors of the server":       func(f *helpdeskeddy.Faults) { f.Fail(4, helpdeskeddy.Where{}) },
		"hardly any answer":          func(f *helpdeskeddy.Faults) { f.CutBefore(6, helpdeskeddy.Where{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{}, func(t *testing.T, b *box) {
				hd, vip := b.world.Helpdesk, b.customer(0, isVIP)
				b.seededTakenUp()
				worsen(hd.Faults())
				tickets := []helpdeskeddy.Ticket{b.world.Asks(vip, "Вопрос", "Добрый день"), b.world.Asks(b.customer(1, anybody), "Ещё", "Добрый день")}
				b.allServed(2*time.Hour, tickets)
				if err := b.world.CRM.SetVIP(vip.ID, false); err != nil { // the card says something else now
					t.Fatal(err)
				}
				b.eventually(3*time.Hour, "the comment follows", func() bool {
					list := hd.Comments(tickets[0].ID)
					return len(list) == 1 && !strings.Contains(strings.ReplaceAll(list[0].Text, "Приоритет поднят: VIP", ""), "VIP")
				})
				b.served(tickets)
				if now, _ := hd.Ticket(tickets[0].ID); now.Priority != 1 {
					t.Errorf("the priority is %d", now.Priority)
				}
				if n := hd.Faults().Left(); n > 0 {
					t.Errorf("%d faults met nobody", n)
				}
				if n := count(b.notes(vip.ID), tickets[0].Number); n != 1 {
					t.Errorf("%d notes", n)
				}
			})
		})
	}
}

func TestWhileTheCRMIsAwayTicketsShowWhatIsKeptAndWait(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		known, stranger := b.customer(0, anybody), b.customer(1, anybody)
		first := b.world.Asks(known, "Первый вопрос", "Добрый день")
		b.comment(first.ID, known.LastName)
		b.takenUp(first.ID)
		b.world.CRM.Faults().Down(true)
		away := time.Now()
		b.eventually(5*time.Minute, "the CRM is known to be away", func() bool { return b.app.Desk().CRM().State == gateway.CRMUnreachable })
		second := b.world.Asks(known, "Второй вопрос", "Добрый день")
		new := b.world.Asks(stranger, "Первый вопрос чужого", "Добрый день")
		b.comment(second.ID, known.LastName, "RetailCRM не отвечала", "Данные на")
		time.Sleep(20 * time.Minute)
		if list := b.world.Helpdesk.Comments(new.ID); len(list) != 0 {
			t.Errorf("who writes is not known, and the ticket has %+v", list)
		}
		asked := 0
		for _, r := range b.world.CRM.Requests() {
			if r.At.After(away.Add(5 * time.Minute)) {
				asked++
			}
		}
		if asked > 15*12 {
			t.Errorf("a CRM that is away was asked %d times in a quarter of an hour", asked)
		}
		b.world.CRM.Faults().Down(false)
		b.eventually(time.Hour, "the waiting ticket has its card", func() bool {
			list := b.world.Helpdesk.Comments(new.ID)
			return len(list) == 1 && strings.Contains(list[0].Text, stranger.LastName)
		})
		b.served([]helpdeskeddy.Ticket{first, second, new})
		b.eventually(time.Hour, "the notes follow, each once", func() bool {
			return count(b.notes(known.ID), second.Number) == 1 && count(b.notes(stranger.ID), new.Number) == 1
		})
		if strings.Contains(b.world.Helpdesk.Comments(new.ID)[0].Text, "не отвечала") {
			t.Errorf("the new card says %q", b.world.Helpdesk.Comments(new.ID)[0].Text)
		}
	})
}

func TestABoxThatIsStoppedBetweenACommentAndItsLedger(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"POST /comments/", "PUT /tickets/", "GET /comments/"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{}, func(t *testing.T, b *box) {
				vip := b.customer(0, isVIP)
				b.seededTakenUp()
				method, path, _ := strings.Cut(when, " ")
				sent := make(chan struct{})
				b.toSupport.meddle(method, path, func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
					resp, err := send()
					if err == nil {
						resp.Body.Close()
					}
					close(sent)
					<-r.Context().Done() // the box learns nothing of it any more
					return nil, r.Context().Err()
				})
				ticket := b.world.Asks(vip, "Вопрос", "Добрый день")
				<-sent
				b.stop()
				time.Sleep(5 * time.Minute)
				b.start()
				b.comment(ticket.ID, vip.LastName)
				b.takenUp(ticket.ID)
				time.Sleep(30 * time.Minute)
				b.served([]helpdeskeddy.Ticket{ticket})
				if now, _ := b.world.Helpdesk.Ticket(ticket.ID); now.Priority != 1 {
					t.Errorf("the priority is %d", now.Priority)
				}
				if k := b.kept(ticket.ID); k.SetByPerson {
					t.Errorf("the box takes its own write for a person's: %+v", k)
				}
				if n := count(b.notes(vip.ID), ticket.Number); n != 1 {
					t.Errorf("%d notes", n)
				}
			})
		})
	}
}

func TestTwoBoxesOnOneAccountKeepOneComment(t *testing.T) {
	t.Parallel()
	for _, touch := range []bool{false, true} {
		t.Run(fmt.Sprintf("own writes touch %v", touch), func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{helpdesk: helpdeskeddy.Options{OwnWritesTouch: touch}}, func(t *testing.T, b *box) {
				b.seededTakenUp()
				time.Sleep(3300 * time.Millisecond)
				other := besides(t, b.world)
				other.connectHelpdesk()
				other.seededTakenUp()
				vip := b.customer(0, isVIP)
				tickets := append(b.ask(5), b.world.Asks(vip, "Вопрос", "Добрый день"))
				b.allServed(10*time.Minute, tickets)
				time.Sleep(5 * time.Minute)
				for _, x := range tickets {
					if b.kept(x.ID).Comment == 0 || b.kept(x.ID).Comment != other.kept(x.ID).Comment {
						t.Errorf("ticket %d: comments %d and %d", x.ID, b.kept(x.ID).Comment, other.kept(x.ID).Comment)
					}
				}
				if err := b.world.CRM.SetVIP(vip.ID, false); err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Minute)
				b.served(tickets)
				from := len(b.world.Helpdesk.Sent())
				time.Sleep(30 * time.Minute)
				for _, x := range b.world.Helpdesk.Sent()[from:] {
					if x.Method != "GET" {
						t.Errorf("they write in turn: %s %s", x.Method, x.Path)
					}
				}
			})
		})
	}
}
