package helpdeskeddy

import "time"

// People and fields of a seeded account.
const (
	AdminID   = 1
	OlgaID    = 7
	IgorID    = 8
	VestnikID = 12

	CustomerFieldID    = 31 // "Клиент в RetailCRM"
	VIPFieldID         = 32 // "VIP"
	OrderFieldID       = 33 // "Заказ"
	OrderStatusFieldID = 34 // "Статус заказа"
	SubjectFieldID     = 35 // "Тема обращения": clients see it
)

// Seed fills the account with a small Russian support desk: three departments, the
// main administrator, two operators, the service employee, five ticket fields, five
// clients and their tickets. Everybody is invented. Tests add clients of their own,
// with the e-mails and phones of their CRM's customers, by [Account.AddUser].
func (a *Account) Seed() {
	now := a.now()
	a.AddDepartment(1, "Поддержка")
	a.AddDepartment(2, "Возвраты")
	a.AddDepartment(3, "Опт")
	year := now.AddDate(-1, 0, 0)
	a.AddUser(User{ID: AdminID, Staff: true, Group: AdminGroup, Name: "Администратор", Email: "admin@lavka.example", CreatedAt: year})
	a.AddUser(User{ID: OlgaID, Staff: true, Name: "Ольга", Lastname: "Сергеева", Email: "o.sergeeva@lavka.example", Departments: []int{1, 2}, CreatedAt: year})
	a.AddUser(User{ID: IgorID, Staff: true, Name: "Игорь", Lastname: "Павлов", Email: "i.pavlov@lavka.example", Departments: []int{1, 3}, CreatedAt: year})
	a.AddUser(User{ID: VestnikID, Staff: true, Group: IntegrationGroup, Name: "Vestnik", Email: "vestnik@lavka.example", Departments: []int{1, 2, 3}, CreatedAt: year})

	a.AddField(Field{ID: CustomerFieldID, Name: Names{"ru": "Клиент в RetailCRM"}, Type: TextField})
	a.AddField(Field{ID: VIPFieldID, Name: Names{"ru": "VIP", "ua": "VIP"}, Type: CheckboxField})
	a.AddField(Field{ID: OrderFieldID, Name: Names{"ru": "Заказ", "en": "Order"}, Type: TextField})
	a.AddField(Field{ID: OrderStatusFieldID, Name: Names{"ru": "Статус заказа"}, Type: TextField})
	a.AddField(Field{
		ID: SubjectFieldID, Name: Names{"ru": "Тема обращения"}, Type: SelectField, UserView: true, UserEdit: true,
		Options: []Option{{ID: 5, Name: Names{"ru": "Доставка"}}, {ID: 6, Name: Names{"ru": "Возврат"}}, {ID: 7, Name: Names{"ru": "Другое"}}},
	})

	month := now.AddDate(0, -1, 0)
	for _, u := range []User{
		{ID: 501, Name: "Вера", Lastname: "Лугова", Email: "v.lugova@mail.example", Phone: "+7 (900) 555-01-01"},
		{ID: 502, Name: "Пётр", Email: "tg-88412@messenger.example"},
		{ID: 503, Name: "Иван", Lastname: "Кимов", Email: "i.kimov@mail.example", Phone: "89005550103 после 18", Organization: "ООО Ромашка", OrganizationID: 8},
		{ID: 504, Name: "Вера", Lastname: "Лугова", Email: "vera2@mail.example", Organization: "ИП Лугова"},
		{ID: 505, Name: "Склад", Email: "info@romashka.example", Phone: "8 495 555-01-05 доб. 12", NoLetters: true},
	} {
		u.CreatedAt = month
		a.AddUser(u)
	}
	ago := func(d time.Duration) func(*Ticket) { return At(now.Add(-d)) }
	a.AddTicket(501, "Где мой заказ?", "<p>Здравствуйте! Заказ оформила на той неделе, когда приедет?</p>", "email", ago(3*time.Hour))
	a.AddTicket(502, "Возврат", "<p>Не подошёл размер, как вернуть?</p>", "telegram", ago(2*time.Hour),
		func(t *Ticket) { t.Department = 2 })
	a.AddTicket(503, "Счёт для юрлица", "<p>Пришлите, пожалуйста, счёт.</p>", "email", ago(90*time.Minute),
		func(t *Ticket) { t.Department, t.Owner = 3, IgorID })
	a.AddTicket(504, "Спасибо", "<p>Всё пришло, спасибо!</p>", "web", ago(26*time.Hour),
		func(t *Ticket) { t.Status, t.Owner = "closed", OlgaID })
	a.AddTicket(505, "Пропуск на склад", "<p>Машина будет в 9:00.</p>", "email", ago(30*time.Minute))

	a.mu.Lock()
	defer a.mu.Unlock()
	a.letters = nil // of long ago
}
