package campaign

import (
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Forecast is when a mailing will be over and by which ways it goes, if nothing happens.
type Forecast struct {
	At time.Time // made then
	// Ends is when the last one leaves; zero: by this plan never, and Why says what stands in the way.
	Ends time.Time
	Why  gateway.Reason
	// ByChannel is how many go which way; SMSParts how many SMS those are.
	ByChannel map[device.Channel]int
	SMSParts  int
	NewChats  int
	// Late are those whom EndAt leaves out.
	Late int
	Days []ForecastDay
	// Hours bounds the day: the first and the last hour of the shop's clock in which anything leaves.
	FirstHour, LastHour int
}

// ForecastDay is what leaves on one day of the shop's calendar.
type ForecastDay struct {
	Date      string // 2006-01-02
	ByChannel map[device.Channel]int
}

// Finding is what the linter says of a mailing before it begins.
type Finding struct {
	// Refuses: it may not begin like this; else it is a warning.
	Refuses bool
	Code    FindingCode
	// Variant (from 1) and Language say where; 0 and empty: everywhere.
	Variant  int
	Language string
	Args     gateway.Args
}

// FindingCode names what was found; each has a sentence in both languages.
type FindingCode string

// What is found.
const (
	FoundNoText        FindingCode = "no_text"
	FoundTemplate      FindingCode = "template"       // problem, what
	FoundNobody        FindingCode = "nobody"         // nobody would get it
	FoundNoAudience    FindingCode = "no_audience"    // the people are not gathered
	FoundNoChannel     FindingCode = "no_channel"     // no channel of the plan is on
	FoundNoWindow      FindingCode = "no_window"      // the week never opens within the shop's decency
	FoundNoConsent     FindingCode = "no_consent"     // count: nobody may be advertised to
	FoundLooksLikeAd   FindingCode = "looks_like_ad"  // word: an invitation that advertises
	FoundNoLink        FindingCode = "no_link"        // the text asks for a review without the link
	FoundNoReviewURL   FindingCode = "no_review_url"  // the settings lack where reviews are left
	FoundShortener     FindingCode = "shortener"      // host: a foreign short link
	FoundSpamWord      FindingCode = "spam_word"      // word
	FoundShouting      FindingCode = "shouting"       // many capitals or exclamation marks
	FoundSameText      FindingCode = "same_text"      // count: one wording for many
	FoundSMSParts      FindingCode = "sms_parts"      // parts, costly
	FoundSMSTooLong    FindingCode = "sms_too_long"   // parts, max: by SMS it cannot go
	FoundManyNewChats  FindingCode = "many_new_chats" // count, days
	FoundUnnamedColumn FindingCode = "unknown_column" // what: not in this file
	FoundNoLanguage    FindingCode = "no_language"    // language: the people have it, the text does not
	FoundRestored      FindingCode = "restored"       // made_at: the draft may have been started after the backup
)
