package retailcrm

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
	Text     text         `json:"text"`
	Customer part[idBody] `json:"customer"`
}

type tasksBody struct {
	Tasks      list[taskBody]   `json:"tasks"`
	Pagination part[pagination] `json:"pagination"`
}

type taskBody struct {
	Text     text         `json:"text"`
	Phone    text         `json:"phone"`
	Order    part[idBody] `json:"order"`
	Customer part[idBody] `json:"customer"`
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
