package retailcrm

import (
	"encoding/json"
	"slices"

	"vestnik/gateway/outbound"
)

type customersBody struct {
	Customers  list[customerBody] `json:"customers"`
	Pagination part[pagination]   `json:"pagination"`
}

type oneCustomerBody struct {
	Customer part[customerBody] `json:"customer"`
}

// mgCustomerBody is a customer in one channel of the chats. ExternalID is his id in the
// chats and ID the CRM's own for the relation: so by the names in the official PHP
// client and a recorded card, not yet seen on a live account.
type mgCustomerBody struct {
	ExternalID ident `json:"externalId"`
}

type usersBody struct {
	Users      list[userBody]   `json:"users"`
	Pagination part[pagination] `json:"pagination"`
}

type userBody struct {
	ID        ident `json:"id"`
	FirstName text  `json:"firstName"`
	LastName  text  `json:"lastName"`
	Phone     text  `json:"phone"`
	Email     text  `json:"email"`
	Active    flag  `json:"active"`
	Online    flag  `json:"online"`
	IsManager flag  `json:"isManager"`
	Status    text  `json:"status"` // free, busy, dinner, break
	MGUserID  ident `json:"mgUserId"`
}

type notesBody struct {
	Notes      list[noteBody]   `json:"notes"`
	Pagination part[pagination] `json:"pagination"`
}

type noteBody struct {
	Text      text         `json:"text"`
	CreatedAt text         `json:"createdAt"`
	ManagerID ident        `json:"managerId"`
	Customer  part[idBody] `json:"customer"`
}

type tasksBody struct {
	Tasks      list[taskBody]   `json:"tasks"`
	Pagination part[pagination] `json:"pagination"`
}

type taskBody struct {
	Text          text         `json:"text"`
	Commentary    text         `json:"commentary"`
	CreatedAt     text         `json:"createdAt"`
	Complete      flag         `json:"complete"`
	Creator       ident        `json:"creator"`
	Performer     ident        `json:"performer"`
	PerformerType text         `json:"performerType"` // user, group
	Phone         text         `json:"phone"`
	Order         part[idBody] `json:"order"`
	Customer      part[idBody] `json:"customer"`
}

type loyaltyBody struct {
	Accounts list[loyaltyAccountBody] `json:"loyaltyAccounts"`
}

type loyaltyAccountBody struct {
	Active   flag         `json:"active"`
	Amount   number       `json:"amount"`
	Customer part[idBody] `json:"customer"`
	Level    part[struct {
		Name text `json:"name"`
	}] `json:"level"`
}

// labels are the names of tags or segments: objects with a name, or bare texts.
type labels []string

// UnmarshalJSON implements json.Unmarshaler.
func (l *labels) UnmarshalJSON(data []byte) error {
	*l = nil
	var raw []json.RawMessage
	switch outbound.KindOf(data) {
	case '[':
		if err := json.Unmarshal(data, &raw); err != nil {
			return err
		}
	case '{':
		members, err := outbound.InOrder(data)
		if err != nil {
			return err
		}
		raw = members
	}
	for _, one := range raw {
		var bare text
		var named part[struct {
			Name text `json:"name"`
			Code text `json:"code"`
		}]
		// Raw values are valid JSON, and both types take any of it.
		_, _ = bare.UnmarshalJSON(one), named.UnmarshalJSON(one)
		if name := first(string(bare), string(named.T.Name), string(named.T.Code)); name != "" && !slices.Contains(*l, name) {
			*l = append(*l, name)
		}
	}
	return nil
}

// moduleBody is what registering a module answers. Without chats "info" is an empty
// list.
type moduleBody struct {
	Info part[struct {
		MGBot       part[entranceBody] `json:"mgBot"`
		MGTransport part[entranceBody] `json:"mgTransport"`
	}] `json:"info"`
}

type entranceBody struct {
	EndpointURL text `json:"endpointUrl"`
	Token       text `json:"token"`
}
