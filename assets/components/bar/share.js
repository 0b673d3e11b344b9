// The link to what is on show: copied, as a field to copy from, and as a QR code that Python has made.

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const LOOK = "embed_options";

export class Share {
  constructor(dialog, ask) {
    Object.assign(this, { dialog, ask });
    this.part = (name) => dialog.querySelector(`[data-part=${name}]`);
    this.part("look").onchange = () => this.show();
    this.part("address").onfocus = (event) => event.target.select();
  }

  update({ theme, code, missing }) {
    Object.assign(this, { theme, code, missing });
    this.part("missing").hidden = !missing;
    this.part("missing").textContent = `This link leaves out ${missing}: too long for it. “View file” has all of this view.`;
    this.part("look-name").textContent = `Open it in this look (${theme})`;
    if (this.dialog.open) this.draw();
  }

  /** The address as the browser has it, with its version and, if wanted, the look. */
  address() {
    const url = new URL(window.location.href);
    for (const name of ["v", LOOK]) url.searchParams.delete(name);
    url.searchParams.set("v", "1");
    if (this.part("look").checked) url.searchParams.set(LOOK, `${this.theme}_theme`);
    return url.href;
  }

  /** Whether the browser has let it be copied. */
  async copy() {
    const copied = await this.write(this.address());
    if (this.dialog.open) {
      this.part("told").textContent = copied ? "Copied ✓" : "Press Ctrl+C (⌘C) to copy";
      if (!copied) this.select();
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
    this.part("told").textContent = select ? "Press Ctrl+C (⌘C) to copy" : "";
    this.show();
    if (select) this.select();
  }

  show() {
    const address = this.address();
    this.part("address").value = address;
    this.part("local").hidden = !LOCAL.includes(window.location.hostname);
    this.draw();
    if (this.code?.address !== address) this.ask(address);
  }

  select() {
    this.part("address").focus();
    this.part("address").select();
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
