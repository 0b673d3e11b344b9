// The link to what is on show: copied, as a field to copy from, as a QR code that Python has made, and as a line of HTML.

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
// Streamlit's own, which lead no visitor anywhere else: the look, and that the view stands inside another page.
const LOOK = "embed_options";
const INSIDE = "embed";
/** How the tour begins that this browser keeps. */
const OWN = "_lecture.";
const BY_KEYS = "Press Ctrl+C (⌘C) to copy";
const HTTPS = " A page with https cannot show a view with http. Put the server behind https first.";
const FRAME = 'width="100%" height="720" style="border: 0" loading="lazy" allow="clipboard-write; fullscreen"';

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const isLocal = () => LOCAL.includes(window.location.hostname);
const needsHttps = (embedding) =>
  window.location.protocol === "http:" && !isLocal() && embedding.some((one) => one.startsWith("https:"));

export class Share {
  constructor(dialog, ask) {
    Object.assign(this, { dialog, ask });
    this.part = (name) => dialog.querySelector(`[data-part=${name}]`);
    this.part("look").onchange = () => this.show();
    for (const name of ["address", "frame"]) this.part(name).onfocus = (event) => event.target.select();
  }

  update({ theme, code, missing, embedding }) {
    Object.assign(this, { theme, code, missing });
    this.part("frame-row").hidden = !embedding.length;
    this.part("frame-off").hidden = embedding.length > 0;
    this.part("frame-from").textContent = `Works in pages of ${embedding.join(", ")}.${needsHttps(embedding) ? HTTPS : ""}`;
    this.part("missing").hidden = !missing;
    this.part("missing").textContent = `This link has no room for ${missing}. Use “View as file” to save the whole view.`;
    this.part("look-name").textContent = `Keep this theme (${theme})`;
    if (this.dialog.open) this.draw();
  }

  /** The address as the browser has it, with its version and, if wanted, the look. */
  address() {
    const url = new URL(window.location.href);
    for (const name of ["v", LOOK, INSIDE]) url.searchParams.delete(name);
    if (url.searchParams.get("tour")?.startsWith(OWN)) url.searchParams.delete("tour"); // nobody else has that
    url.searchParams.set("v", "1");
    if (this.part("look").checked) url.searchParams.set(LOOK, `${this.theme}_theme`);
    return url.href;
  }

  /** The line of HTML that shows the view in a frame, without the navigation. */
  frame() {
    const url = new URL(this.address());
    url.searchParams.set(INSIDE, "true");
    return `<iframe src="${escaped(url.href)}" title="${escaped(document.title)}" ${FRAME}></iframe>`;
  }

  /** Whether the browser has let the address, or the frame, be copied. */
  async copy(name = "address") {
    const copied = await this.write(this[name]());
    if (this.dialog.open) {
      for (const one of ["address", "frame"]) this.part(`${one}-told`).textContent = "";
      this.part(`${name}-told`).textContent = copied ? "Copied ✓" : BY_KEYS;
      if (!copied) this.select(name);
      return true;
    }
    return copied;
  }

  async write(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  open({ select = false } = {}) {
    this.dialog.showModal();
    this.part("address-told").textContent = select ? BY_KEYS : "";
    this.part("frame-told").textContent = "";
    this.show();
    if (select) this.select();
  }

  show() {
    const address = this.address();
    this.part("address").value = address;
    this.part("frame").value = this.frame();
    this.part("local").hidden = !isLocal();
    this.draw();
    if (this.code?.address !== address) this.ask(address);
  }

  select(name = "address") {
    this.part(name).focus();
    this.part(name).select();
  }

  draw() {
    const { code } = this;
    const isMine = code?.address === this.part("address").value;
    this.part("problem").hidden = !(isMine && code.problem);
    this.part("problem").textContent = isMine ? code.problem ?? "" : "";
    this.part("code").hidden = Boolean(isMine && code.problem);
    this.part("code").innerHTML = isMine && code.path
      ? `<svg viewBox="0 0 ${code.size} ${code.size}" role="img" aria-label="QR code of the address below"><rect width="100%" height="100%" fill="#fff"/><path d="${code.path}" fill="#000" shape-rendering="crispEdges"/></svg>`
      : "";
  }
}
