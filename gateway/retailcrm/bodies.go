package retailcrm

import (
	"encoding/json"

	"vestnik/gateway/outbound"
)

// envelope is around every answer.
type envelope struct {
	Success  flag    `json:"success"`
	ErrorMsg text    `json:"errorMsg"`
	Errors   details `json:"errors"`
	// CombinedTo is the card into which the one that was not found was merged (official PHP
	// client: ErrorResponse and its tests).
	CombinedTo part[idBody] `json:"combinedTo"`
}

type idBody struct {
	ID ident `json:"id"`
}

type pagination struct {
	CurrentPage    ident `json:"currentPage"`
	TotalCount     ident `json:"totalCount"`
	TotalPageCount ident `json:"totalPageCount"`
}

type credentialsBody struct {
	Scopes         rights `json:"scopes"`
	SiteAccess     text   `json:"siteAccess"`
	SitesAvailable rights `json:"sitesAvailable"`
}

// rights is a list of names; given is false when the answer lacks it.
type rights struct {
	names []string
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *rights) UnmarshalJSON(data []byte) error {
	*r = rights{}
	var raw []json.RawMessage
	switch outbound.KindOf(data) {
	case '[':
		if err := json.Unmarshal(data, &raw); err != nil {
			return err
		}
	case '{': // a PHP list with gaps
		members, err := outbound.InOrder(data)
		if err != nil {
			return err
		}
		raw = members
	default:
		return nil
	}
	r.given = true
	for _, one := range raw {
		var t text
		if err := t.UnmarshalJSON(one); err != nil {
			return err
		}
		if t != "" {
			r.names = append(r.names, string(t))
		}
	}
	return nil
}

type settingsBody struct {
	Settings part[struct {
		Currency part[struct {
			Value text `json:"value"`
		}] `json:"default_currency"`
		Timezone part[struct {
			Value text `json:"value"`
		}] `json:"timezone"`
	}] `json:"settings"`
}

type historyBody struct {
	GeneratedAt text               `json:"generatedAt"`
	History     list[historyEntry] `json:"history"`
	Pagination  part[pagination]   `json:"pagination"`
}

type historyEntry struct {
	ID        ident `json:"id"`
	CreatedAt text  `json:"createdAt"`
	Created   flag  `json:"created"`
	Deleted   flag  `json:"deleted"`
	Source    text  `json:"source"`
	APIKey    part[struct {
		Current flag `json:"current"`
	}] `json:"apiKey"`
	Field    text `json:"field"`
	OldValue code `json:"oldValue"`
	NewValue code `json:"newValue"`
	Order    part[struct {
		ID       ident        `json:"id"`
		Status   text         `json:"status"`
		Customer part[idBody] `json:"customer"` // of an order that is new
	}] `json:"order"`
	// Customer is in the history of customers in place of Order.
	Customer part[idBody] `json:"customer"`
	// CombinedTo is that into which a deleted one was merged.
	CombinedTo part[idBody] `json:"combinedTo"`
}

// code is a reference's value: {"code": "new"}, or the bare code.
type code string

// UnmarshalJSON implements json.Unmarshaler.
func (c *code) UnmarshalJSON(data []byte) error {
	var t text
	if outbound.KindOf(data) == '{' {
		var obj struct {
			Code text `json:"code"`
		}
		if err := json.Unmarshal(data, &obj); err != nil {
			return err
		}
		*c = code(obj.Code)
		return nil
	}
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	*c = code(t)
	return nil
}

type ordersBody struct {
	Orders     list[orderBody]  `json:"orders"`
	Pagination part[pagination] `json:"pagination"`
}

type oneOrderBody struct {
	Order part[orderBody] `json:"order"`
}

type orderBody struct {
	ID              ident              `json:"id"`
	Number          text               `json:"number"`
	ExternalID      text               `json:"externalId"`
	Site            text               `json:"site"`
	Status          text               `json:"status"`
	StatusComment   text               `json:"statusComment"`
	StatusUpdatedAt text               `json:"statusUpdatedAt"`
	OrderType       text               `json:"orderType"`
	OrderMethod     text               `json:"orderMethod"`
	CreatedAt       text               `json:"createdAt"`
	Summ            number             `json:"summ"`
	TotalSumm       number             `json:"totalSumm"`
	PrepaySum       number             `json:"prepaySum"`
	Discount        number             `json:"discountManualAmount"`
	DiscountPercent number             `json:"discountManualPercent"`
	BonusesCredit   number             `json:"bonusesCreditTotal"`
	BonusesCharge   number             `json:"bonusesChargeTotal"`
	Currency        text               `json:"currency"`
	FirstName       text               `json:"firstName"`
	LastName        text               `json:"lastName"`
	Patronymic      text               `json:"patronymic"`
	Phone           text               `json:"phone"`
	AdditionalPhone text               `json:"additionalPhone"`
	Email           text               `json:"email"`
	CustomerComment text               `json:"customerComment"`
	ManagerID       ident              `json:"managerId"`
	Customer        part[customerBody] `json:"customer"`
	Contact         part[customerBody] `json:"contact"`
	Company         part[struct {
		Name text `json:"name"`
	}] `json:"company"`
	Delivery      part[deliveryBody] `json:"delivery"`
	Items         list[itemBody]     `json:"items"`
	Payments      list[paymentBody]  `json:"payments"`
	FullPaidAt    text               `json:"fullPaidAt"`
	ShipmentStore text               `json:"shipmentStore"`
	ShipmentDate  text               `json:"shipmentDate"`
	CustomFields  bag                `json:"customFields"`
}

type customerBody struct {
	Type             text          `json:"type"`
	ID               ident         `json:"id"`
	ExternalID       text          `json:"externalId"`
	Site             text          `json:"site"`
	CreatedAt        text          `json:"createdAt"`
	ManagerID        ident         `json:"managerId"`
	VIP              flag          `json:"vip"`
	Bad              flag          `json:"bad"`
	FirstName        text          `json:"firstName"`
	LastName         text          `json:"lastName"`
	Patronymic       text          `json:"patronymic"`
	NickName         text          `json:"nickName"`
	Email            text          `json:"email"`
	Phones           list[phone]   `json:"phones"`
	Birthday         text          `json:"birthday"`
	OrdersCount      number        `json:"ordersCount"`
	TotalSumm        number        `json:"totalSumm"`
	AverageSumm      number        `json:"averageSumm"`
	PersonalDiscount number        `json:"personalDiscount"`
	Cumulative       number        `json:"cumulativeDiscount"`
	DiscountCard     text          `json:"discountCardNumber"`
	Tags             labels        `json:"tags"`
	Segments         labels        `json:"segments"`
	Address          part[address] `json:"address"`
	CustomFields     bag           `json:"customFields"`
	// EmailOff is when he wanted no more advertising by e-mail; empty: he did not say so.
	EmailOff text `json:"emailMarketingUnsubscribedAt"`
	// Subscriptions and MGCustomers are given only when one card is asked for (recorded answers).
	Subscriptions list[subscriptionBody] `json:"customerSubscriptions"`
	MGCustomers   list[mgCustomerBody]   `json:"mgCustomers"`
}

type phone struct {
	Number text `json:"number"`
}

type address struct {
	Text     text `json:"text"`
	Index    text `json:"index"`
	Country  text `json:"countryIso"`
	Region   text `json:"region"`
	City     text `json:"city"`
	Street   text `json:"street"`
	Building text `json:"building"`
	House    text `json:"house"`
	Housing  text `json:"housing"`
	Flat     text `json:"flat"`
	Notes    text `json:"notes"`
}

type deliveryBody struct {
	Code    text `json:"code"`
	Service part[struct {
		Name text `json:"name"`
		Code text `json:"code"`
	}] `json:"service"`
	Cost number `json:"cost"`
	Date text   `json:"date"`
	Time part[struct {
		From   text `json:"from"`
		To     text `json:"to"`
		Custom text `json:"custom"`
	}] `json:"time"`
	Address part[address] `json:"address"`
	// Data depends on the delivery's integration: trackNumber, pickuppointAddress ….
	Data bag `json:"data"`
}

type itemBody struct {
	Quantity     number `json:"quantity"`
	InitialPrice number `json:"initialPrice"`
	// Prices are what is paid for one, by quantity, after discounts.
	Prices list[struct {
		Price number `json:"price"`
	}] `json:"prices"`
	Status text `json:"status"`
	Offer  part[struct {
		ID          ident `json:"id"`
		DisplayName text  `json:"displayName"`
		Name        text  `json:"name"`
	}] `json:"offer"`
	ProductName text `json:"productName"` // of lines that are in no catalogue
}

type paymentBody struct {
	ID     ident  `json:"id"`
	Type   text   `json:"type"`
	Status text   `json:"status"`
	Amount number `json:"amount"`
	PaidAt text   `json:"paidAt"`
}

// entryBody is a line of any reference.
type entryBody struct {
	Code         text   `json:"code"`
	Name         text   `json:"name"`
	Active       flag   `json:"active"`
	Ordering     number `json:"ordering"`
	Group        text   `json:"group"`
	Color        text   `json:"color"`
	CancelStatus flag   `json:"cancelStatus"` // product statuses: the line is off
	// Sites.
	URL      text `json:"url"`
	Main     flag `json:"defaultForCrm"`
	Currency text `json:"currency"`
	Phones   text `json:"phones"`
	// Stores.
	Phone    part[phone]                 `json:"phone"`
	Address  part[address]               `json:"address"`
	WorkTime part[map[string]list[span]] `json:"workTime"`
}

// span is a stretch of a store's working day.
type span struct {
	From text `json:"startTime"`
	To   text `json:"endTime"`
}

type customFieldsBody struct {
	CustomFields list[customField] `json:"customFields"`
	Pagination   part[pagination]  `json:"pagination"`
}

type oneCustomFieldBody struct {
	CustomField part[customField] `json:"customField"`
}

// customField lacks "default" on purpose: it is of any JSON type.
type customField struct {
	Name       text   `json:"name"`
	Code       text   `json:"code"`
	Type       text   `json:"type"`
	Entity     text   `json:"entity"`
	Dictionary text   `json:"dictionary"`
	Ordering   number `json:"ordering"`
	ViewMode   text   `json:"viewMode"`
}

type dictionariesBody struct {
	Dictionaries list[dictionary] `json:"customDictionaries"`
	Pagination   part[pagination] `json:"pagination"`
}

type dictionary struct {
	Code     text            `json:"code"`
	Elements list[entryBody] `json:"elements"`
}
