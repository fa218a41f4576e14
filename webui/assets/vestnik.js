// What pages do in the browser beyond htmx: the chips of the message editor, the
// search in the directory, and a word before unsaved text is left. Everything works
// without this file, with the plain text area.
"use strict";

const place = /\{\{\s*([\p{L}\p{N}_.-]+)\s*(\|[^{}]*)?\}\}/gu;
const guard = "\u200b"; // after a chip: else Chromium swallows the next keystroke

// TemplateEditor shows a template's places as chips. The text area stays the truth:
// it is what the form sends, and the server's parser decides.
class TemplateEditor extends HTMLElement {
  connectedCallback() {
    if (this.pane) return;
    this.area = this.querySelector("textarea");
    if (!this.area || this.area.matches(":disabled")) return;
    this.pane = document.createElement("div");
    this.pane.className = "editor";
    this.pane.contentEditable = "true";
    this.pane.setAttribute("role", "textbox");
    this.pane.setAttribute("aria-multiline", "true");
    this.pane.setAttribute("hx-morph-skip", "");
    const label = document.querySelector(`label[for="${this.area.id}"]`);
    this.pane.setAttribute("aria-label", label ? label.textContent : this.area.name);
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (this.area.hasAttribute(name)) this.pane.setAttribute(name, this.area.getAttribute(name));
    }
    if (label) label.addEventListener("click", () => this.pane.focus());
    this.append(this.pane);
    this.area.hidden = true;
    this.draw(this.area.value);
    this.pane.addEventListener("input", () => this.save());
    this.pane.addEventListener("blur", () => { this.keepCaret(); this.rechip(); });
    this.pane.addEventListener("keydown", (e) => this.key(e));
    this.pane.addEventListener("beforeinput", (e) => { if (e.inputType.startsWith("format")) e.preventDefault(); });
    this.pane.addEventListener("paste", (e) => { e.preventDefault(); this.insert(e.clipboardData.getData("text/plain")); });
    this.pane.addEventListener("drop", (e) => {
      e.preventDefault();
      const at = document.caretRangeFromPoint ? document.caretRangeFromPoint(e.clientX, e.clientY) : null;
      this.pane.focus();
      if (at) { getSelection().removeAllRanges(); getSelection().addRange(at); }
      this.insert(e.dataTransfer.getData("text/plain"));
    });
  }

  // draw fills the pane from a template's text.
  draw(text) {
    this.pane.replaceChildren(...this.nodes(text));
    if (this.pane.lastChild && this.pane.lastChild.nodeName === "BR") this.pane.append(document.createElement("br"));
  }

  nodes(text) {
    const list = [];
    const words = (s) => s.split("\n").forEach((line, i) => {
      if (i) list.push(document.createElement("br"));
      if (line) list.push(document.createTextNode(line));
    });
    let from = 0;
    for (const m of text.matchAll(place)) {
      words(text.slice(from, m.index));
      list.push(this.chip(m[0], m[1], m[2]), document.createTextNode(guard));
      from = m.index + m[0].length;
    }
    words(text.slice(from));
    return list;
  }

  chip(source, path, filter) {
    const known = document.querySelector(`button[data-path="${CSS.escape(path)}"]`);
    const chip = document.createElement("span");
    chip.className = "chip" + (known ? (known.classList.contains("thin") ? " thin" : "") : document.querySelector("button[data-path]") ? " strange" : "");
    chip.contentEditable = "false";
    chip.dataset.source = source;
    chip.title = source;
    const other = filter && filter.match(/default:\s*["“«](.*)["”»]/);
    chip.textContent = (known ? known.firstChild.textContent : path) + (other ? " / " + other[1] : "");
    return chip;
  }

  // text reads the template back from the pane.
  text() {
    let out = "";
    const read = (node) => {
      for (const n of node.childNodes) {
        if (n.nodeType === Node.TEXT_NODE) out += n.data.replaceAll(guard, "").replaceAll("\u00a0", " ");
        else if (n.dataset && n.dataset.source) out += n.dataset.source;
        else if (n.nodeName === "BR") { if (n !== this.pane.lastChild || n.previousSibling === null) out += "\n"; }
        else { if (n.nodeName === "DIV" && out && !out.endsWith("\n")) out += "\n"; read(n); }
      }
    };
    read(this.pane);
    return out;
  }

  save() {
    this.area.value = this.text();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // rechip turns places that were typed by hand into chips.
  rechip() {
    const loose = [...this.pane.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.match(place));
    if (loose) { this.draw(this.text()); this.range = null; }
  }

  key(e) {
    if (e.key === "Enter") { e.preventDefault(); document.execCommand("insertLineBreak"); return; }
    if (e.key !== "Backspace") return;
    const at = getSelection();
    if (!at.isCollapsed || !this.pane.contains(at.anchorNode)) return;
    let node = at.anchorNode, before = at.anchorOffset;
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.data.slice(0, before).replaceAll(guard, "") !== "") return;
      node = node.previousSibling;
    } else node = node.childNodes[before - 1];
    while (node && node.nodeType === Node.TEXT_NODE && node.data.replaceAll(guard, "") === "") node = node.previousSibling;
    if (!node || !node.dataset || !node.dataset.source) return;
    e.preventDefault();
    const range = document.createRange();
    range.setStartBefore(node);
    range.setEnd(at.anchorNode, before);
    at.removeAllRanges();
    at.addRange(range);
    document.execCommand("delete"); // so that undo brings the chip back
  }

  keepCaret() {
    const at = getSelection();
    if (at.rangeCount && this.pane.contains(at.anchorNode)) this.range = at.getRangeAt(0).cloneRange();
  }

  // insert puts text at the caret, its places as chips; undo takes it away again.
  insert(text) {
    this.pane.focus();
    if (this.range && !this.pane.contains(getSelection().anchorNode)) { getSelection().removeAllRanges(); getSelection().addRange(this.range); }
    if (!this.pane.contains(getSelection().anchorNode) || !getSelection().rangeCount) getSelection().selectAllChildren(this.pane), getSelection().collapseToEnd();
    const box = document.createElement("div");
    box.append(...this.nodes(text));
    document.execCommand("insertHTML", false, box.innerHTML);
    this.save();
  }
}
customElements.define("template-editor", TemplateEditor);

// A field goes into the editor that was written in last, else into the first.
let lastEditor = null;
document.addEventListener("focusin", (e) => { lastEditor = e.target.closest("template-editor") || lastEditor; });
const editorNow = () => lastEditor && lastEditor.isConnected ? lastEditor : document.querySelector("template-editor");
document.addEventListener("click", (e) => {
  const chip = e.target.closest("button[data-path]");
  const editor = editorNow();
  if (!chip || !editor) return;
  const source = "{{" + chip.dataset.path + "}}";
  if (editor.pane) {
    if (editor.range) { editor.pane.focus(); getSelection().removeAllRanges(); getSelection().addRange(editor.range); }
    editor.insert(source);
    editor.keepCaret();
  }
});
document.addEventListener("mousedown", (e) => { // the caret stays where the chip is to go
  const editor = editorNow();
  if (editor && editor.pane && e.target.closest("button[data-path]")) editor.keepCaret();
});
document.addEventListener("dragstart", (e) => {
  const chip = e.target.closest && e.target.closest("button[data-path]");
  if (chip) e.dataTransfer.setData("text/plain", "{{" + chip.dataset.path + "}}");
});

document.addEventListener("input", (e) => {
  const target = e.target.dataset && e.target.dataset.filter;
  if (!target) return;
  e.stopPropagation();
  const want = e.target.value.trim().toLowerCase();
  for (const group of document.querySelectorAll(`${target} [data-filter-group]`)) {
    let any = false;
    for (const item of group.querySelectorAll("button[data-path]")) {
      item.hidden = want !== "" && !(item.textContent + " " + item.title).toLowerCase().includes(want);
      any = any || !item.hidden;
    }
    group.hidden = !any;
  }
});

// A form with data-guard asks before typed text is left.
const dirty = new Set();
document.addEventListener("input", (e) => {
  const form = e.target.form;
  if (!form || !form.hasAttribute("data-guard") || e.target.closest("#phone") || e.target.name === "order") return;
  dirty.add(form);
  const sign = form.dataset.guard && document.querySelector(form.dataset.guard);
  if (sign) sign.hidden = false;
});
document.addEventListener("submit", (e) => { dirty.delete(e.target); e.target.removeAttribute("data-dirty"); });
addEventListener("beforeunload", (e) => {
  if ([...dirty].some((form) => form.isConnected) || document.querySelector("form[data-dirty]")) e.preventDefault();
});

// On a narrow screen long lists start folded.
const fold = (root) => {
  if (matchMedia("(max-width: 60rem)").matches) for (const d of root.querySelectorAll("details.fold:not([data-keep])")) d.open = false;
};
fold(document);

// PhraseList shows the lines of a text area as phrases, each with a button that takes it away.
// The text area stays the truth.
class PhraseList extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.area = this.querySelector("textarea");
    if (!this.area || this.area.matches(":disabled")) return;
    this.box = document.createElement("div");
    this.box.className = "phrases-box";
    this.input = document.createElement("input");
    this.input.maxLength = 80;
    this.input.placeholder = this.dataset.add;
    const label = document.querySelector(`label[for="${this.area.id}"]`);
    this.input.setAttribute("aria-label", (label ? label.textContent + ": " : "") + this.dataset.add);
    if (label) label.addEventListener("click", () => this.input.focus());
    this.input.addEventListener("keydown", (e) => {
      if (e.key === "Enter" || e.key === ",") { e.preventDefault(); this.take(this.input.value); }
      if (e.key === "Backspace" && !this.input.value && this.phrases.length) { this.keep(this.phrases.slice(0, -1)); this.input.focus(); }
    });
    this.input.addEventListener("input", (e) => e.stopPropagation());
    this.input.addEventListener("blur", () => this.take(this.input.value));
    this.input.addEventListener("paste", (e) => {
      const text = e.clipboardData.getData("text/plain");
      if (text.includes("\n")) { e.preventDefault(); this.take(text); }
    });
    this.append(this.box);
    this.area.hidden = true;
    this.draw();
  }

  get phrases() { return this.area.value.split("\n").map((p) => p.trim()).filter(Boolean); }

  take(text) {
    const more = text.split("\n").map((p) => p.trim()).filter(Boolean);
    this.input.value = "";
    if (more.length) { this.keep([...new Set([...this.phrases, ...more])]); this.input.focus(); }
  }

  keep(list) {
    this.area.value = list.join("\n");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.draw();
  }

  draw() {
    const list = this.phrases;
    this.box.replaceChildren(...list.map((phrase, i) => {
      const chip = document.createElement("span"), drop = document.createElement("button");
      chip.className = "phrase";
      drop.type = "button";
      drop.textContent = "×";
      drop.setAttribute("aria-label", `${this.dataset.drop}: ${phrase}`);
      drop.addEventListener("click", () => { this.keep(list.filter((_, n) => n !== i)); this.input.focus(); });
      chip.append(phrase, drop);
      return chip;
    }), this.input);
  }
}
customElements.define("phrase-list", PhraseList);

// Enter sends from the phone's line, Ctrl+Enter from the inbox.
document.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || e.isComposing) return;
  const to = e.target.dataset && e.target.dataset.enter;
  if (to) { e.preventDefault(); document.querySelector(to).click(); }
  if ((e.ctrlKey || e.metaKey) && e.target.matches && e.target.matches("textarea[data-send]")) { e.preventDefault(); e.target.form.requestSubmit(); }
});

// The tab says how many words of customers nobody has seen.
const countUnread = () => {
  const n = Number(document.getElementById("rail")?.dataset.unread || 0);
  const title = document.title.replace(/^\(\d+\) /, "");
  if (document.title !== (n ? `(${n}) ` : "") + title) document.title = (n ? `(${n}) ` : "") + title;
};
document.addEventListener("htmx:after:swap", (e) => {
  countUnread();
  const main = document.getElementById("main");
  if (main && e.target === main) fold(main);
});

// A button with data-copy copies what stands in a field. The box is reached without HTTPS, where browsers
// keep the clipboard's own interface away.
const copyButtons = (root) => { for (const b of root.querySelectorAll("button[data-copy][hidden]")) b.hidden = false; };
copyButtons(document);
document.addEventListener("htmx:after:swap", () => copyButtons(document));
document.addEventListener("click", async (e) => {
  const button = e.target.closest("button[data-copy]");
  const from = button && document.querySelector(button.dataset.copy);
  if (!from) return;
  let done = false;
  if (navigator.clipboard) done = await navigator.clipboard.writeText(from.value ?? from.textContent).then(() => true, () => false);
  if (!done && from.select) { from.select(); done = document.execCommand("copy"); }
  if (done) button.textContent = button.dataset.copied;
});

// PieceUpload sends a file in pieces, since the box takes no large request, and says how far it is.
// A piece that was lost is sent again. What is too large is refused here already, in words.
const pieceSize = 512 * 1024, pieceTries = 4;
class PieceUpload extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    this.input = this.querySelector("input[type=file]");
    this.bar = this.querySelector("progress");
    this.words = this.querySelector("[role=status]");
    if (!this.input) return;
    this.classList.add("scripted");
    this.input.addEventListener("change", (e) => {
      e.stopPropagation(); // no form is saved by it
      if (this.input.files[0]) this.send(this.input.files[0]);
    });
  }

  say(text, wrong = false) {
    this.words.textContent = text;
    this.classList.toggle("wrong-file", wrong);
    this.bar.hidden = wrong || !text;
    this.input.disabled = !this.bar.hidden;
    if (wrong) this.input.value = "";
  }

  async send(file) {
    if (file.size > Number(this.dataset.max)) return this.say(this.dataset.tooBig, true);
    const form = document.querySelector(this.dataset.token).elements, token = form.csrf.value;
    const page = `&version=${form.version.value}&page_key=${encodeURIComponent(form.page_key.value)}`;
    for (let offset = 0, tries = 0; ;) {
      const percent = Math.floor(offset * 100 / Math.max(file.size, 1));
      this.bar.value = percent;
      this.say(`${this.dataset.sending}: ${percent} %`);
      const to = `${this.dataset.to}?name=${encodeURIComponent(file.name)}&size=${file.size}&offset=${offset}${page}`;
      let answer = null, said = {};
      try {
        answer = await fetch(to, { method: "POST", body: file.slice(offset, offset + pieceSize), headers: { "X-CSRF-Token": token, "Content-Type": "application/octet-stream" } });
        said = await answer.json();
      } catch { /* the network: tried again */ }
      if (answer && answer.status < 500 && !answer.ok) return this.say(said.wrong || this.dataset.lost, true);
      if (!answer || !answer.ok || !(said.have > offset)) {
        if (++tries >= pieceTries) return this.say(said.wrong || this.dataset.lost, true);
        await new Promise((again) => setTimeout(again, 500 * 2 ** tries));
        continue;
      }
      offset = said.have;
      tries = 0;
      if (offset >= file.size) break;
    }
    this.bar.value = 100;
    this.input.value = "";
    await htmx.ajax("GET", this.dataset.after, { target: this.dataset.target, swap: "outerHTML" });
    document.querySelector(this.dataset.target)?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
customElements.define("piece-upload", PieceUpload);
