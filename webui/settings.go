package webui

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

func (s *Server) settingsRoutes(a *fiber.App, manager, owner fiber.Handler) {
	a.Get("/settings", s.showShop)
	a.Post("/settings/shop", manager, s.postShop)
	a.Get("/settings/crm", manager, s.showCRM)
	a.Post("/settings/crm", owner, s.postCRM)
	a.Get("/settings/channels", manager, s.showChannels)
	a.Post("/settings/channels", manager, s.postChannels)
	a.Get("/settings/people", owner, s.showPeople)
	a.Post("/settings/people", owner, s.postPerson)
	a.Post("/settings/people/:id<int>", owner, s.changePerson)
	a.Post("/settings/people/:id<int>/delete", owner, s.deletePerson)
	a.Get("/settings/tokens", owner, s.showTokens)
	a.Post("/settings/tokens", owner, s.postToken)
	a.Post("/settings/tokens/:id<int>/delete", owner, s.deleteToken)
	s.decencyRoutes(a, manager)
	s.backupRoutes(a, owner)
	a.Get("/settings/me", s.showMe)
	a.Post("/settings/me", s.postMe)
}

// settingsFrame has the tabs of the settings that the user may open.
type settingsFrame struct {
	*Frame
	Tabs []MenuItem
}

func (s *Server) settingsFrame(c *fiber.Ctx) (settingsFrame, error) {
	f, err := s.newFrame(c, "menu.settings")
	if err != nil {
		return settingsFrame{}, err
	}
	sf := settingsFrame{Frame: f}
	add := func(may bool, path, key string) {
		if may {
			here := c.Path() == path || path != "/settings" && strings.HasPrefix(c.Path(), path+"/") || path == "/settings" && c.Path() == "/settings/shop"
			sf.Tabs = append(sf.Tabs, MenuItem{Path: path, Name: f.words.say(key), Here: here})
		}
	}
	add(f.Manager(), "/settings", "settings.shop")
	add(f.Manager(), "/settings/crm", "settings.crm")
	add(f.Manager(), "/settings/channels", "settings.channels")
	add(f.Manager(), "/settings/decency", "settings.decency")
	add(f.Manager() && s.o.Talk != nil, "/settings/chats", "settings.chats")
	add(f.Manager() && s.o.Support != nil, "/settings/helpdesk", "settings.helpdesk")
	add(f.Owner(), "/settings/people", "settings.people")
	add(f.Owner(), "/settings/tokens", "settings.tokens")
	add(f.Owner() && s.o.Backups != nil, "/settings/backup", "settings.backup")
	add(true, "/settings/me", "settings.me")
	return sf, nil
}

// ShopForm is who the shop is, with the choices.
type ShopForm struct {
	ShopTyped gateway.ShopSettings
	Zones     []string
	Regions   []Choice
}

var commonZones = []string{
	"Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Krasnoyarsk",
	"Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Europe/Minsk", "Asia/Almaty", "Asia/Tashkent",
	"Asia/Bishkek", "Asia/Yerevan", "Asia/Tbilisi", "Asia/Baku", "Europe/Kyiv", "Europe/Berlin", "UTC",
}

var commonRegions = [][3]string{
	{"RU", "Россия", "Russia"},
	{"BY", "Беларусь", "Belarus"},
	{"KZ", "Казахстан", "Kazakhstan"},
	{"UZ", "Узбекистан", "Uzbekistan"},
	{"KG", "Киргизия", "Kyrgyzstan"},
	{"AM", "Армения", "Armenia"},
	{"GE", "Грузия", "Georgia"},
	{"AZ", "Азербайджан", "Azerbaijan"},
	{"TJ", "Таджикистан", "Tajikistan"},
	{"MD", "Молдавия", "Moldova"},
	{"UA", "Украина", "Ukraine"},
	{"TR", "Турция", "Turkey"},
	{"AE", "ОАЭ", "United Arab Emirates"},
	{"DE", "Германия", "Germany"},
	{"ES", "Испания", "Spain"},
	{"GB", "Великобритания", "United Kingdom"},
	{"US", "США", "United States"},
}

func shopForm(f *Frame, shop gateway.ShopSettings) ShopForm {
	form := ShopForm{ShopTyped: shop, Zones: commonZones}
	known := false
	for _, r := range commonRegions {
		name := r[2]
		if f.Lang == "ru" {
			name = r[1]
		}
		known = known || r[0] == shop.Region
		form.Regions = append(form.Regions, Choice{r[0], name, r[0] == shop.Region})
	}
	if !known && shop.Region != "" {
		form.Regions = append(form.Regions, Choice{shop.Region, shop.Region, true})
	}
	return form
}

func readShop(c *fiber.Ctx) gateway.ShopSettings {
	return gateway.ShopSettings{
		Name: strings.TrimSpace(c.FormValue("shop_name")), Language: c.FormValue("shop_language"),
		Timezone: strings.TrimSpace(c.FormValue("shop_timezone")), Region: strings.ToUpper(strings.TrimSpace(c.FormValue("shop_region"))),
	}
}

// saveShop asks for a name on the pages, though a file may leave it out.
func (s *Server) saveShop(c *fiber.Ctx, settings gateway.Settings) error {
	if settings.Shop.Name == "" {
		return gateway.FieldErrors{"shop.name": gateway.ProblemRequired}
	}
	return s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
}

type shopPage struct {
	settingsFrame
	ShopForm
}

func (s *Server) showShop(c *fiber.Ctx) error {
	if !visitorOf(c).User.Role.Atleast(gateway.Manager) {
		return c.Redirect("/settings/me", fiber.StatusSeeOther)
	}
	f, err := s.settingsFrame(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_shop", shopPage{f, shopForm(f.Frame, f.Shop)})
}

func (s *Server) postShop(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	settings.Shop = readShop(c)
	if err := s.saveShop(c, settings); err != nil {
		f, frameErr := s.settingsFrame(c)
		if frameErr != nil {
			return frameErr
		}
		f.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_shop", shopPage{f, shopForm(f.Frame, settings.Shop)})
	}
	return c.Redirect("/settings?done=saved", fiber.StatusSeeOther)
}
