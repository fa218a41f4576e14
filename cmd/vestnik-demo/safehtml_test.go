package main

import "testing"

func TestATicketsTextBringsNoScript(t *testing.T) {
	t.Parallel()
	const pages = "http://127.0.0.1:8480"
	for text, want := range map[string]string{
		"<p><b>Анна</b> &amp; Олег<br>чай &lt;100 г&gt;</p><!-- vestnik-card -->": "<p><b>Анна</b> &amp; Олег<br>чай &lt;100 г&gt;</p>",
		`<script>alert(1)</script><img src=x onerror=alert(1)>да`:                 "alert(1)да",
		`<p onclick="alert(1)">нет</p>`:                                           "нет</p>",
		"<!-- не закрыт <p>скрыто":                                                "",
		"1 < 2 <b":                                                                "1 &lt; 2 &lt;b",
		`<a href="http://127.0.0.1:8480/card/t/7">карточка</a>`:                   `<a target="_blank" rel="noopener" href="http://127.0.0.1:8480/card/t/7">карточка</a>`,
		`<a href="http://127.0.0.1:8480.evil.example/">нет</a>`:                   `<span class="away" title="http://127.0.0.1:8480.evil.example/">нет</span>`,
		`<a href="javascript:alert(1)">нет</a>`:                                   "нет",
		`<a href="http://crm.example/7?a=1&amp;b=%22">CRM`:                        `<span class="away" title="http://crm.example/7?a=1&amp;b=%22">CRM</span>`,
	} {
		if got := string(safeHTML(text, pages)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
