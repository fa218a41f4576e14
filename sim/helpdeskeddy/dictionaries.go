package helpdeskeddy

// setUp gives the account the dictionaries that a new one has.
func (a *Account) setUp() {
	three := func(ru, en string) Names { return Names{"ru": ru, "en": en, "ua": ru} }
	a.groups = []Group{
		{ClientGroup, "user", three("Клиент", "Client")},
		{AdminGroup, "staff", three("Администратор", "Administrator")},
		{OperatorGroup, "staff", three("Операторы", "Agents")},
		{IntegrationGroup, "staff", Names{"ru": "Интеграции"}},
	}
	a.departments = []Item{{1, Names{"ru": "Поддержка", "en": "Support"}}}
	a.statuses = []Status{
		{"open", three("Открыто", "Open")},
		{"process", three("В процессе", "In progress")},
		{"v-processe", three("Ждём склад", "Waiting")},
		{"6", three("Ждём клиента", "Pending")},
		{"closed", three("Выполнено", "Closed")},
	}
	a.types = []Item{
		{0, three("Без типа", "Without type")}, {1, three("Проблема", "Problem")}, {2, three("Задание", "Task")}, {3, three("Ошибка", "Bug")},
	}
	a.priorities = []Item{{2, three("Стандартно", "Standard")}, {3, three("Средний", "Medium")}, {1, three("Срочно", "Very urgent")}}
	if a.opt.CustomPriorities {
		a.priorities = []Item{
			{10, Names{"ru": "Обычный"}}, {3, Names{"ru": "Низкий"}}, {1, Names{"ru": "VIP / ускоренный"}}, {14, Names{"ru": "ИИ"}},
		}
	}
}

// dictionary answers a whole dictionary; it has no pages.
func dictionary[T any](rows []T, render func(T) obj) answer {
	data := make([]obj, 0, len(rows))
	for _, row := range rows {
		data = append(data, render(row))
	}
	return ok(data)
}

func (a *Account) itemBody(it Item) obj { return obj{"id": a.num(it.ID), "name": it.Name} }

func (a *Account) listDepartments(q *request) answer {
	q.query.used["page"] = true
	return dictionary(a.departments, a.itemBody)
}

func (a *Account) listStatuses(q *request) answer {
	q.query.used["page"] = true
	return dictionary(a.statuses, func(s Status) obj { return obj{"id": s.ID, "name": s.Name} })
}

func (a *Account) listPriorities(q *request) answer {
	q.query.used["page"] = true
	return dictionary(a.priorities, a.itemBody)
}

func (a *Account) listTypes(q *request) answer {
	q.query.used["page"] = true
	return dictionary(a.types, a.itemBody)
}

func (a *Account) listGroups(q *request) answer {
	q.query.used["page"] = true
	return dictionary(a.groups, a.groupBody)
}
