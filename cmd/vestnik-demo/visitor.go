package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// visitor is somebody at the product's pages, as a browser without a person.
type visitor struct {
	ctx  context.Context
	url  string
	http *http.Client
}

var formToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// logIn is a visitor who has logged in.
func logIn(ctx context.Context, pages, name, password string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{ctx: ctx, url: pages, http: &http.Client{Jar: jar}}
	page, err := v.post("/login", "/login", url.Values{"name": {name}, "password": {password}})
	if err == nil && strings.Contains(page, `action="/login"`) {
		err = errors.New("the pages do not let in: " + name)
	}
	return v, err
}

// sees answers a page's HTML.
func (v *visitor) sees(path string) (string, error) { return v.ask(http.MethodGet, path, nil) }

// post sends a form as it stands on a page, and answers where that leads.
func (v *visitor) post(page, path string, form url.Values) (string, error) {
	text, err := v.sees(page)
	if err != nil {
		return "", err
	}
	token := formToken.FindStringSubmatch(text)
	if token == nil {
		return "", fmt.Errorf("%s has no form", page)
	}
	form.Set("csrf", token[1])
	return v.ask(http.MethodPost, path, form)
}

func (v *visitor) ask(method, path string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(v.ctx, method, v.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Origin", v.url)
	req.Header.Set("Accept-Language", "ru")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return string(text), err
}
