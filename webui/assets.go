package webui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"

	"github.com/gofiber/fiber/v2"
)

//go:embed assets/*.js assets/*.css assets/*.svg assets/*.webmanifest
var assetFiles embed.FS

// assets are the scripts, the style sheet and the icon, each under an address that
// changes with its content, so that browsers may keep them for ever.
type assets struct {
	body map[string][]byte
	sums map[string]string
}

func loadAssets() (*assets, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("webui: assets: %w", err)
	}
	a := &assets{body: map[string][]byte{}, sums: map[string]string{}}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("webui: asset %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(body)
		a.body[e.Name()], a.sums[e.Name()] = body, hex.EncodeToString(sum[:5])
	}
	return a, nil
}

// url is the address of an asset. It fails for a name that is not there, so that a
// slip in a template is found when the gallery is rendered.
func (a *assets) url(name string) (string, error) {
	sum, ok := a.sums[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/assets/" + name + "?v=" + sum, nil
}

func (a *assets) serve(c *fiber.Ctx) error { return a.send(c, c.Params("name")) }

func (a *assets) send(c *fiber.Ctx, name string) error {
	body, ok := a.body[name]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Type(path.Ext(name)[1:], "utf-8")
	if path.Ext(name) == ".webmanifest" {
		c.Set(fiber.HeaderContentType, "application/manifest+json")
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if c.Query("v") == a.sums[name] {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	return c.Send(body)
}
