package helpdeskeddy

import (
	"fmt"
	"slices"
)

// The methods below play the account's owner in the settings.

// AddDepartment adds a department, or renames the one with its id.
func (a *Account) AddDepartment(id int, ru string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.departments = append(slices.DeleteFunc(a.departments, func(it Item) bool { return it.ID == id }), Item{id, Names{"ru": ru}})
	slices.SortFunc(a.departments, func(x, y Item) int { return x.ID - y.ID })
}

// AddPriority adds a priority at the end of the dictionary.
func (a *Account) AddPriority(id int, ru string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.priorities = append(a.priorities, Item{id, Names{"ru": ru}})
}

// RenamePriority gives a priority another name; its other languages are lost.
func (a *Account) RenamePriority(id int, ru string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.priorities {
		if a.priorities[i].ID == id {
			a.priorities[i].Name = Names{"ru": ru}
			return nil
		}
	}
	return fmt.Errorf("%w: priority %d", errNoItem, id)
}

// RemovePriority deletes a priority; tickets keep its id. The last one stays.
func (a *Account) RemovePriority(id int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !known(a.priorities, id) || len(a.priorities) == 1 {
		return fmt.Errorf("%w: priority %d", errNoItem, id)
	}
	a.priorities = slices.DeleteFunc(a.priorities, func(it Item) bool { return it.ID == id })
	return nil
}

// AddStatus adds a status of tickets at the end of the dictionary.
func (a *Account) AddStatus(id, ru string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statuses = append(a.statuses, Status{id, Names{"ru": ru}})
}

// AddField adds a ticket field; a zero id is filled. The field's id is returned.
func (a *Account) AddField(f Field) (id int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.ID == 0 {
		f.ID = 31
		for a.field(f.ID) != nil || a.goneFields[f.ID] {
			f.ID++
		}
	}
	for _, o := range f.Options {
		a.lastID["option"] = max(a.lastID["option"], o.ID)
	}
	f.everPublic = f.UserView
	a.fields = append(a.fields, &f)
	return f.ID
}

// ShowField opens a ticket field and all its values to clients, or closes it.
func (a *Account) ShowField(id int, toClients bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.field(id)
	if f == nil {
		return fmt.Errorf("%w: field %d", errNoItem, id)
	}
	f.UserView = toClients
	f.everPublic = f.everPublic || toClients
	return nil
}

// RemoveField deletes a ticket field with its values.
func (a *Account) RemoveField(id int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.field(id) == nil {
		return fmt.Errorf("%w: field %d", errNoItem, id)
	}
	a.fields = slices.DeleteFunc(a.fields, func(f *Field) bool { return f.ID == id })
	a.goneFields[id] = true
	for _, t := range a.tickets {
		delete(t.Fields, id)
	}
	return nil
}
