package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

// plan is how SQLite would run a query, one step a line.
func plan(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	var b strings.Builder
	err := each(context.Background(), s.reader, func(scan scanner) error {
		var id, parent, unused int
		var detail string
		err := scan(&id, &parent, &unused, &detail)
		fmt.Fprintln(&b, detail)
		return err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return b.String()
}

// TestHotQueriesUseIndexes holds the time of every query that runs often, or over
// the whole ledger, independent of the ledger's size: none walks through a table, and no
// list is sorted after it was read.
func TestHotQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	type hot struct {
		query string
		args  []any
		want  string // part of the plan
		sorts bool   // over a few rows only
	}
	queries := map[string]hot{
		"next due":        {query: queryNextDue, args: []any{"sms", 1}, want: "message_due (channel=? AND priority=? AND due_at<?)", sorts: true},
		"next due, skip":  {query: queryNextDueSkip, args: []any{"sms", 1, "[]"}, want: "message_due (channel=? AND priority=? AND due_at<?)", sorts: true},
		"next due at":     {query: queryNextDueAt, args: []any{"sms", 1}, want: "message_due (channel=? AND priority=? AND due_at>?)"},
		"unresolved":      {query: queryUnresolved, args: []any{1}, want: "message_alarm (alarm_at<?)"},
		"fallback due":    {query: queryFallbackDue, args: []any{1}, want: "message_alarm (alarm_at<?)"},
		"next alarm":      {query: queryNextAlarm, want: "message_alarm"},
		"sending":         {query: querySendingOf, args: []any{"box"}, want: "message_state (state=?)"},
		"answer before":   {query: queryAnswerBefore, args: []any{1, 2, "chat", "reply"}, want: "message_talk (conversation=? AND id<?)"},
		"message":         {query: queryMessage, args: []any{1}, want: "rowid=?"},
		"message by key":  {query: queryMessageByKey, args: []any{"k"}, want: "message_dedupe (dedupe_key=?)"},
		"newest heard":    {query: queryNewestHeard, want: "incoming"},
		"last attempt":    {query: queryLastAttempt, args: []any{1}, want: "PRIMARY KEY (message=?)"},
		"arrived":         {query: queryArrived, args: []any{"w"}, want: "PRIMARY KEY (wire_id=? AND channel=? AND kind=?)"},
		"in doubt":        {query: queryInDoubt, args: []any{1, "w"}, want: "PRIMARY KEY (message=?)"},
		"attempt by wire": {query: queryAttemptByWire, args: []any{"w", "sms"}, want: "attempt_wire (wire_id=?)", sorts: true},
		"sent since":      {query: querySent, args: []any{"sms", 1}, want: "attempt_started (channel=? AND started_at>?)"},
		"sent times":      {query: querySentTimes, args: []any{"sms", 1, 9}, want: "attempt_started (channel=? AND started_at>?)"},
		"new chats":       {query: queryChatTimes, args: []any{1, 9}, want: "chat_opened (opened_at>?)"},
		"presence":        {query: queryPresence, args: []any{"+7"}, want: "PRIMARY KEY (phone=?)"},
		"due effect":      {query: queryDue, args: []any{1, ",note,"}, want: "effect_due (next_at<?)"},
		"next effect":     {query: queryEffectAt, args: []any{",note,"}, want: "effect_due"},
		"undecided":       {query: queryUndecided, args: []any{1}, want: "change_undecided"},
		"attempts":        {query: queryAttempts, args: []any{1}, want: "PRIMARY KEY (message=?)"},
		"receipts":        {query: queryReceipts, args: []any{"w", "sms"}, want: "PRIMARY KEY (wire_id=? AND channel=?)", sorts: true},
		"parts":           {query: queryParts, args: []any{1, "w"}, want: "attempt_wire (wire_id=? AND message=?)", sorts: true},
		"effects of":      {query: queryEffectsOf, args: []any{1}, want: "effect_message (message=?)"},
		"decision of":     {query: queryDecisionOf, args: []any{1}, want: "rowid=?"},
		"count since":     {query: queryCountSince, args: []any{1}, want: "COVERING INDEX message_state (state=? AND id>?)", sorts: true},
		"count open":      {query: queryCountOpen, want: "COVERING INDEX message_state (state=?)"},
		"oldest wait":     {query: queryOldestWait, want: "message_state (state=?)"},
		"need a person":   {query: queryNeedPerson, want: "message_person"},
		"from a backup":   {query: queryFromBackup, args: []any{"from_backup", 1, 50}, want: "message_person"},
		"backup counts":   {query: queryFromBackupCounts, want: "message_person", sorts: true},
		"known mark":      {query: queryKnownMark, args: []any{1}, want: "(key=?)"},
		"count skipped":   {query: queryCountSkipped, args: []any{1}, want: "decision_skipped (id>?)"},
		"count incoming":  {query: queryCountIncoming, args: []any{1}, want: "rowid>?"},
		"first message":   {query: queryFirstMessage, args: []any{1, 1}, want: "rowid>?"},
		"by number":       {query: queryByNumber, args: []any{"1", "2", 9}, want: "decision_number (number>? AND number<?)"},
		"by tail":         {query: queryByTail, args: []any{"1", "2", 9}, want: "message_phone (phone_tail>? AND phone_tail<?)"},
		"messages by id":  {query: queryMessagesByID, args: []any{"[1]"}, want: "rowid=?", sorts: true},
		"decisions by id": {query: queryDecisionsByID, args: []any{"[1]"}, want: "rowid=?", sorts: true},
		"link history":    {query: queryLinkHistory, args: []any{"sms", 1}, want: "link_event_since (channel=? AND since>?)", sorts: true},
		"modem's part":    {query: queryPartsByMR, args: []any{"imei", 1, 1}, want: "modem_part_mr (device=? AND mr=? AND submitted_at>?)", sorts: true},
		"decisions since": {query: decisionsSince, args: []any{1}, want: "hour"},

		"talk":             {query: queryTalk, args: []any{1}, want: "rowid=?"},
		"talk by phone":    {query: queryTalkByPhone, args: []any{"+7", "sms"}, want: "conversation_phone (phone=? AND channel=?)"},
		"talk by alias":    {query: queryTalkByAlias, args: []any{"57", "chat"}, want: "conversation_alias (alias=? AND channel=?)"},
		"talks of":         {query: queryTalksOf, args: []any{"97", 5}, want: "conversation_tail (phone_tail=?)", sorts: true},
		"talks of, card":   {query: queryTalksOf, args: []any{"97", 5}, want: "conversation_customer (customer_id=?)", sorts: true},
		"talks by tail":    {query: queryTalksByTail, args: []any{"1", "2", 9}, want: "conversation_tail (phone_tail>? AND phone_tail<?)"},
		"owed":             {query: queryOwed, args: []any{1, 9}, want: "conversation_owed (owed_until>?)"},
		"strangers":        {query: queryStrangers, args: []any{1, 9}, want: "conversation_stranger (looked_up_at=?)", sorts: true},
		"strangers again":  {query: queryStrangers, args: []any{1, 9}, want: "conversation_stranger (looked_up_at<?)", sorts: true},
		"known incoming":   {query: queryKnownIncoming, args: []any{"w", "sms", "d"}, want: "(wire_id=? AND channel=? AND device=?)"},
		"pending talks":    {query: queryPending, args: []any{"[]", 9}, want: "incoming_open", sorts: true},
		"next heard":       {query: queryNextHeard, args: []any{1}, want: "incoming_shop (conversation=?)"},
		"next heard, open": {query: queryNextHeard, args: []any{1}, want: "incoming_open (conversation=?)"},
		"answerable":       {query: queryAnswerable, args: []any{1, 1, nil}, want: "rowid=?"},
		"still open":       {query: queryStillOpen, args: []any{1, 1}, want: "rowid=?"},
		"adoptable":        {query: queryAdoptable, args: []any{1, 1}, want: "rowid=?"},
		"askable":          {query: queryAskable, args: []any{1, 9}, want: "rowid>?"},
		"due asks":         {query: queryDueAsks, args: []any{1, 9}, want: "ask_due (due_at<?)"},
		"next ask":         {query: queryAskAt, want: "ask_due"},
		"tables of marks":  {query: queryMarkTables, args: []any{1}, want: "mark_at (at>?)", sorts: true},
		"marks":            {query: queryMarks, args: []any{1, 3, 9}, want: "mark_at (at>?)"},
		"heard lines":      {query: queryHeardLines, args: []any{1, 9}, want: "incoming_talk (conversation=?)"},
		"said lines":       {query: querySaidLines, args: []any{1, 9}, want: "message_talk (conversation=?)"},
		"news lines":       {query: queryNewsLines, args: []any{"97", "sms", 9}, want: "message_phone (phone_tail=?)"},
		"talk totals":      {query: queryTalkTotals, want: "conversation_called"},
		"unread":           {query: queryTalkTotals, want: "conversation_unread"},
		"unmatched":        {query: queryUnmatched, args: []any{1, 9}, want: "incoming_phrase (kept_at>?)", sorts: true},
		"command uses":     {query: queryCommandUses, args: []any{1}, want: "incoming_command (kept_at>?)", sorts: true},
		"stuck effects":    {query: queryStuck, args: []any{9}, want: "effect_stuck"},
		"script":           {query: queryScriptNow, want: "script"},
		"post":             {query: queryPost, args: []any{"w"}, want: "PRIMARY KEY (wire_id=?)"},
		"post by id":       {query: queryPostByID, args: []any{1}, want: "mg_post_id (mg_id=?)"},
		"posted in":        {query: queryPostedIn, args: []any{"57", 1}, want: "mg_post_chat (chat=? AND at>?)"},
		"mirror, heard":    {query: queryMirrorHeard, args: []any{1, 9}, want: "rowid>?"},
		"mirror, said":     {query: queryMirrorSaid, args: []any{1, 1, 9}, want: "attempt_settled (settled_at>?)"},

		"card":               {query: queryCard, args: []any{1}, want: "rowid=?"},
		"card's phones":      {query: queryCardPhones, args: []any{1}, want: "card_phone_of (customer=?)"},
		"card's e-mails":     {query: queryCardEmails, args: []any{1}, want: "card_email_of (customer=?)"},
		"card's orders":      {query: queryCardOrders, args: []any{1}, want: "card_order_of (customer=?)"},
		"cards by e-mail":    {query: queryCardsByEmail, args: []any{"a", 9}, want: "PRIMARY KEY (email=?)"},
		"cards by phone":     {query: queryCardsByPhone, args: []any{"+7", 9}, want: "PRIMARY KEY (phone=?)"},
		"cards by order":     {query: queryCardsByOrder, args: []any{"[1]", 9}, want: "PRIMARY KEY (order_id=?)", sorts: true},
		"fresh cards":        {query: queryFresh, args: []any{"[1]"}, want: "rowid=?"},
		"old cards":          {query: queryOldCards, args: []any{1, 1, 9}, want: "COVERING INDEX card_seen (seen_at>?)", sorts: true},
		"old cards, tickets": {query: queryOldCards, args: []any{1, 1, 9}, want: "COVERING INDEX ticket_open_of", sorts: true},
		"last looks":         {query: queryLastLooks, args: []any{1, 9}, want: "card_look_of (customer=?)"},
		"chosen":             {query: queryChosen, args: []any{1}, want: "rowid=?"},
		"counter":            {query: queryCounter, args: []any{"x"}, want: "PRIMARY KEY (name=?)"},
		"forgotten cards":    {query: queryForgotten, args: []any{1, 9}, want: "card_forgotten (<expr><?)"},
		"forgotten, ticket":  {query: queryForgotten, args: []any{1, 9}, want: "ticket_customer (customer=?)"},
		"tickets past":       {query: queryTicketsPast, args: []any{1, 9}, want: "ticket_closed (closed_at<?)"},
		"persons past":       {query: queryPersonsPast, args: []any{1, 9}, want: "ticket_person_at (at<?)"},
		"persons' tickets":   {query: queryPersonsPast, args: []any{1, 9}, want: "ticket_requester (requester=?)"},
		"chosen past":        {query: queryChosenPast, args: []any{1, 9}, want: "chosen_at (at<?)"},
		"looks past":         {query: queryLooksPast, args: []any{1, 9}, want: "rowid<?"},
		"talks of one":       {query: queryTalksOfOne, args: []any{"[1]", 1, 9}, want: "conversation_tail (phone_tail=?)", sorts: true},
		"talks of one, card": {query: queryTalksOfOne, args: []any{"[1]", 1, 9}, want: "conversation_customer (customer_id=?)", sorts: true},
		"one heard":          {query: queryOneHeard, args: []any{1, 9}, want: "incoming_talk (conversation=?)"},
		"one said":           {query: queryOneSaid, args: []any{1, 9}, want: "message_talk (conversation=?)"},
		"one news":           {query: queryOneNews, args: []any{"97", 9}, want: "message_phone (phone_tail=?)"},
		"one's marks":        {query: queryOneMarks, args: []any{1, "[1]", 9}, want: "mark_customer (customer_id=?)", sorts: true},
		"one's marks, talks": {query: queryOneMarks, args: []any{1, "[1]", 9}, want: "mark_talk (conversation=?)", sorts: true},
		"one's statuses":     {query: queryOneStatuses, args: []any{1, 9}, want: "change_order (order_id=? AND rowid>?)"},
		"one's tickets":      {query: queryOneTickets, args: []any{1, 9}, want: "ticket_customer (customer=?)"},
		"mean marks":         {query: queryMeanMarks, args: []any{1}, want: "mark_customer (customer_id=?)", sorts: true},
		"mean marks, talks":  {query: queryMeanMarks, args: []any{1}, want: "conversation_customer (customer_id=?)", sorts: true},
		"ticket":             {query: queryTicket, args: []any{1}, want: "rowid=?"},
		"seen ticket":        {query: querySeenTicket, args: []any{1}, want: "rowid=?"},
		"helpdesk's state":   {query: queryHelpdeskState, args: []any{"x"}, want: "PRIMARY KEY (name=?)"},
		"ticket's events":    {query: queryTicketEvents, args: []any{1}, want: "(ticket=?)", sorts: true},
		"due ticket":         {query: queryDueTicket, args: []any{1}, want: "ticket_due (due_at<?)"},
		"next ticket":        {query: queryNextTicketAt, want: "ticket_due"},
		"open tickets":       {query: queryOpenTickets, want: "ticket_looked"},
		"oldest looks":       {query: queryOldestLooks, args: []any{1, 9}, want: "ticket_looked (looked_at<?)"},
		"open tickets of":    {query: queryOpenOf, args: []any{1}, want: "ticket_open_of (customer=?)", sorts: true},
		"had a ticket":       {query: queryHadTicket, args: []any{"[1]"}, want: "ticket_customer (customer=?)"},
		"to make due":        {query: queryToMakeDue, args: []any{"[1]", 1}, want: "ticket_open_of (customer=?)"},
		"person":             {query: queryPersonOf, args: []any{1}, want: "rowid=?"},
		"due alarms":         {query: queryDueAlarms, args: []any{1, 9}, want: "alarm_due (due_at<?)"},
		"next alarm's time":  {query: queryAlarmAt, want: "alarm_due"},
		"questions":          {query: queryQuestions, args: []any{1, 2, 3}, want: "ticket_list (first_seen>? AND first_seen<?)", sorts: true},
		"unpaired tickets":   {query: queryUnpaired, args: []any{1, 2, 3}, want: "ticket_unpaired (closed_at<?)"},
		"pairs":              {query: queryPairs, args: []any{1}, want: "pair_closed (closed_at>?)"},
	}
	for name, q := range map[string]hot{
		"mailing":              {query: queryCampaign, args: []any{1}, want: "rowid=?"},
		"mailings in force":    {query: queryInForce, want: "SCAN c"},
		"mailing, half ended":  {query: queryHalfEnded, want: "campaign_person_state (campaign=? AND state=?)"},
		"mailings' counts":     {query: queryTally, args: []any{1}, want: "PRIMARY KEY (campaign=?)"},
		"who waits":            {query: queryWaiting, args: []any{1}, want: "PRIMARY KEY (campaign=?)"},
		"who waits, first":     {query: queryWaitingFirst, args: []any{1, 50}, want: "INTEGER PRIMARY KEY (rowid>? AND rowid<?)", sorts: true},
		"who is next":          {query: queryNextWaiting, args: []any{1, "", "cold", 50, 9}, want: "campaign_person_waits (campaign=? AND zone=? AND class=? AND rowid<?)"},
		"same person":          {query: querySamePerson, args: []any{1, "+7", 5}, want: "campaign_person_phone (phone=? AND campaign=?)"},
		"same card":            {query: querySamePerson, args: []any{1, "+7", 5}, want: "campaign_person_customer (customer_id=? AND campaign=?)"},
		"last of the first":    {query: queryLastOfFirst, args: []any{1, 2, 50}, want: "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		"piece of a mailing":   {query: queryPiece, args: []any{1, 2, 50}, want: "COVERING INDEX campaign_person_state (campaign=? AND state=? AND rowid>?)"},
		"feedable":             {query: queryFeedable, args: []any{1, 2, 3}, want: "campaign_person_phone (phone=?)", sorts: true},
		"feedable, consent":    {query: queryFeedable, args: []any{1, 2, 3}, want: "consent_customer (customer_id=? AND answer=?)", sorts: true},
		"mailing's queue":      {query: queryInQueue, args: []any{1, nil}, want: "campaign_person_state (campaign=? AND state=?)", sorts: true},
		"mailing's next queue": {query: queryNeverTried, args: []any{1}, want: "campaign_person_state (campaign=? AND state=?)"},
		"anybody queued":       {query: queryAnyQueued, args: []any{1}, want: "campaign_person_state (campaign=? AND state=?)"},
		"fed since":            {query: queryFedSince, args: []any{1, 1}, want: "COVERING INDEX campaign_person_fed (fed_at>?)", sorts: true},
		"fed lately":           {query: queryLately, args: []any{1, 2, 50, 3}, want: "campaign_person_fed (fed_at>? AND fed_at<?)"},
		"link":                 {query: queryLink, args: []any{"x"}, want: "PRIMARY KEY (token=?)"},
		"last said":            {query: queryLastSaid, args: []any{"+7", 5}, want: "consent_customer (customer_id=?)"},
		"rows of a card":       {query: queryRowsOfCard, args: []any{5}, want: "campaign_person_customer (customer_id=?)", sorts: true},
		"consent":              {query: queryConsentOf, args: []any{"+7", 5}, want: "consent_customer (customer_id=?)", sorts: true},
		"consents":             {query: queryConsentList, args: []any{1, "", 9}, want: "consent_at (at<?)", sorts: true},
		"consents, no":         {query: queryConsentListOf, args: []any{1, "", 9, "no"}, want: "consent_answer (answer=? AND at<?)", sorts: true},
		"consent's history":    {query: queryConsentHistory, args: []any{"+7", "card/5", 5}, want: "consent_word_key (key=?)", sorts: true},
		"due invitations":      {query: queryDueInvitations, args: []any{1, 9}, want: "invitation_due (due_at<?)", sorts: true},
		"next invitation":      {query: queryInvitationAt, want: "invitation_due"},
		"last invitations":     {query: queryLastInvitations, args: []any{9}, want: "invitation_settled"},
		"invitations since":    {query: queryInvitationTotals, args: []any{1}, want: "invitation_settled (settled_at>?)"},
		"mark of an order":     {query: queryMarkOfOrder, args: []any{1}, want: "mark_order (order_id=? AND about=?)"},
		"mark of a person":     {query: queryMarkOf, args: []any{"+7", 5}, want: "mark_customer (customer_id=?)", sorts: true},
		"contacts' numbers":    {query: queryContactNumbers, args: []any{"", 9}, want: "COVERING INDEX message_phone (phone_tail>?)"},
		"judged people":        {query: queryCount, args: judgement(1, campaign.Deductions{}), want: "campaign_person_state (campaign=? AND state=?)", sorts: true},
		"frozen people":        {query: queryFreeze, args: append(judgement(1, campaign.Deductions{}), 9, 20), want: "INTEGER PRIMARY KEY (rowid>? AND rowid<?)", sorts: true},
	} {
		queries[name] = q
	}
	for name, c := range map[string]struct {
		f    campaign.PeopleFilter
		want string
	}{
		"people":          {campaign.PeopleFilter{}, "rowid>? AND rowid<?"},
		"people by state": {campaign.PeopleFilter{State: campaign.PersonFailed}, "campaign_person_state (campaign=? AND state=? AND rowid>? AND rowid<?)"},
		"people by name":  {campaign.PeopleFilter{Search: "анна", Got: "read"}, "rowid>? AND rowid<?"},
	} {
		query, args, err := peopleQuery(1, c.f, 50)
		if err != nil {
			t.Fatal(err)
		}
		queries[name] = hot{query, args, c.want, false}
	}
	for name, c := range map[string]struct {
		l    talkListing
		want string
	}{
		"talks that wait":   {talkListing{group: waitingTalks}, "USING INDEX conversation_called"},
		"other talks":       {talkListing{group: otherTalks}, "COVERING INDEX conversation_last"},
		"next page":         {talkListing{group: otherTalks, before: s.now(), beforeID: 9}, "COVERING INDEX conversation_last (last_at<?)"},
		"unread talks":      {talkListing{group: unreadTalks, before: s.now()}, "conversation_unread (last_at<?)"},
		"talks of a person": {talkListing{group: humanTalks}, "conversation_silent (silent_until>?)"},
		"talks by name":     {talkListing{group: otherTalks, found: talkSearch{"instr(name_key, ?) > 0", []any{"анна"}}}, "COVERING INDEX conversation_last"},
		"talks by digits":   {talkListing{group: otherTalks, found: talkSearch{"(instr(phone, ?) > 0 OR instr(name_key, ?) > 0)", []any{"1", "1"}}}, "COVERING INDEX conversation_last"},
		"talks by number":   {talkListing{group: otherTalks, found: talkSearch{"id IN (SELECT value FROM json_each(?))", []any{"[1]"}}}, "rowid=?"},
	} {
		c.l.limit = 50
		query, args := c.l.page(s.now())
		queries[name] = hot{query, args, c.want, true} // one page
	}
	for name, f := range map[string]support.TicketFilter{
		"tickets": {}, "tickets since": {Since: s.now()}, "open tickets, listed": {Open: true, Found: card.FoundMany}, "raised tickets": {Raised: true}, "tickets by name": {Search: "анна"},
	} {
		f.Limit = 50
		query, args := ticketPage(f)
		queries[name] = hot{query, args, "COVERING INDEX ticket_list (first_seen>?)", true} // one page
	}
	list := func(name string, l *listing, want string, sorts bool) {
		l.below, l.since, l.limit = 1_000_000, 1, 50
		query, args := l.page(l.since)
		queries[name] = hot{query, args, want, sorts}
		if len(l.rest) > 0 {
			query, args := l.edge()
			queries[name+", its window"] = hot{query, args, want, sorts}
		}
	}
	for name, c := range map[string]struct {
		f     gateway.MessageFilter
		want  string
		sorts bool
	}{
		"messages":                {gateway.MessageFilter{}, "rowid>? AND rowid<?", false},
		"messages by state":       {gateway.MessageFilter{State: gateway.Failed}, "message_state (state=? AND id>? AND id<?)", false},
		"messages to":             {gateway.MessageFilter{To: "+7"}, "message_phone (phone_tail=? AND id>? AND id<?)", false},
		"messages to by state":    {gateway.MessageFilter{To: "+7", State: gateway.Failed}, "message_phone (phone_tail=? AND id>? AND id<?)", false},
		"messages of an order":    {gateway.MessageFilter{Order: "1"}, "decision_number (number=?)", true},
		"messages since by state": {gateway.MessageFilter{State: gateway.Failed, Since: s.now()}, "message_state (state=? AND id>? AND id<?)", false},
	} {
		list(name, messageListing(c.f), c.want, c.sorts)
	}
	for name, c := range map[string]struct {
		f     gateway.DecisionFilter
		found searched
		want  string
		sorts bool
	}{
		"decisions":             {gateway.DecisionFilter{}, searched{}, "rowid>? AND rowid<?", false},
		"decisions since":       {gateway.DecisionFilter{Since: s.now()}, searched{}, "rowid>? AND rowid<?", false},
		"decisions by verdict":  {gateway.DecisionFilter{Verdict: gateway.Skip}, searched{}, "decision_skipped", false},
		"decisions to send":     {gateway.DecisionFilter{Verdict: gateway.Send}, searched{}, "rowid>? AND rowid<?", false},
		"decisions by state":    {gateway.DecisionFilter{State: gateway.Failed, RuleID: 1}, searched{}, "message_state (state=? AND id>? AND id<?)", false},
		"decisions by rule":     {gateway.DecisionFilter{RuleID: 1, Verdict: gateway.Skip, Channel: device.SMS}, searched{}, "decision_rule (rule_id=? AND id>? AND id<?)", false},
		"decisions by channel":  {gateway.DecisionFilter{Channel: device.SMS}, searched{}, "rowid>? AND rowid<?", false},
		"decisions by name":     {gateway.DecisionFilter{}, byName("анна"), "rowid>? AND rowid<?", false},
		"decisions of a search": {gateway.DecisionFilter{State: gateway.Failed}, searched{ids: "[1,2]"}, "rowid=?", true},
	} {
		list(name, decisionListing(c.f, c.found), c.want, c.sorts)
	}
	// Indexes that have few rows, or are read in their order until enough is found.
	short := []string{
		"message_person", "change_undecided", "incoming_open", "conversation_called", "conversation_unread", "conversation_last", "effect_stuck", "SCAN script",
		"invitation_due", "invitation_settled", "SCAN number", "SCAN judged", "SCAN placed", "SCAN j",
		"ticket_due", "ticket_looked", "ticket_open_of", "alarm_due",
		"VIRTUAL TABLE", // the JSON of one row
	}
	few := []string{"mailings in force", "mailing, half ended", "contacts' numbers", "consent", // short by themselves
		"judged people", "frozen people"} // the marks are read once for thousands of people
	for name, q := range queries {
		p := plan(t, s, q.query, q.args...)
		for _, line := range strings.Split(p, "\n") {
			table, scan := strings.CutPrefix(line, "SCAN ")
			walks := scan && !strings.HasPrefix(table, "json_each") && !strings.HasPrefix(table, "(subquery") && !strings.HasPrefix(table, "p") && !strings.HasPrefix(table, "value")
			switch {
			case walks && !slices.Contains(few, name) && !slices.ContainsFunc(short, func(index string) bool { return strings.Contains(line, index) }) && !strings.HasPrefix(table, "CONSTANT"):
				t.Errorf("%s walks through a table: %s\n%s\n%s", name, line, p, q.query)
			case strings.Contains(line, "USE TEMP B-TREE") && !q.sorts:
				t.Errorf("%s sorts: %s\n%s\n%s", name, line, p, q.query)
			}
		}
		if !strings.Contains(p, q.want) {
			t.Errorf("%s: no %q in its plan\n%s\n%s", name, q.want, p, q.query)
		}
	}
}
