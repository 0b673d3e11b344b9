// The view as a file: Python writes and reads it, the browser saves and opens it.

import { saveFile } from "../shared/download.js";

const LINKS = ".st-key-opened_view [data-testid=stPageLink] a";
const PATIENCE_MS = 60_000;

export class ViewFile {
  constructor(dialog, send) {
    Object.assign(this, { dialog, send });
    this.part = (name) => dialog.querySelector(`[data-part=${name}]`);
    this.part("file-open").onchange = (event) => this.take(event.target);
  }

  /** Shows the view of a file that this page has read or made itself. */
  follow(text) {
    this.dialog.close();
    followWhenThere(text);
    this.send("opened", text);
  }

  /** Has Python write the view, which is then not saved but given to `use`. */
  askFor(use) {
    this.use = use;
    this.send("saved", Date.now());
  }

  update({ file, most, missing }) {
    this.most = most;
    this.part("file-missing").hidden = !missing;
    this.part("file-missing").textContent = `A link to this view has no room for ${missing}; the file has it.`;
    if (!file || file.id === this.saved) return;
    this.saved = file.id;
    if (this.use) this.use(file.text);
    else this.save(file);
    this.use = null;
  }

  open() {
    this.tell("file-told", "");
    this.tell("file-problem", "");
    this.dialog.showModal();
  }

  /** Asks Python for the file, since a long text is in its hands alone. */
  ask() {
    this.tell("file-told", "Writing …");
    this.send("saved", Date.now());
  }

  save({ name, text }) {
    saveFile(name, text, "application/json");
    this.tell("file-told", `Saved as ${name} ✓`);
  }

  async take(field) {
    const [file] = field.files;
    field.value = "";
    if (!file) return;
    if (file.size > this.most) {
      this.tell("file-problem", `A view file must have at most ${this.most.toLocaleString("en")} bytes; got ${file.size.toLocaleString("en")}.`);
      return;
    }
    const text = await file.text();
    if (this.onTour?.(text)) this.dialog.close();
    else this.follow(text);
  }

  tell(part, text) {
    this.part(part).textContent = text;
    if (part === "file-problem") this.part(part).hidden = !text;
  }
}

/**
 * Follows the link that Python answers a file with: one entry of the history. A file that is refused has none.
 *
 * For a moment the link's place still holds what stood there before, other links among it.
 */
function followWhenThere(text) {
  const label = `Open ${pageOf(text)}`;
  const watch = new MutationObserver(() => {
    const link = [...document.querySelectorAll(LINKS)].find((each) => each.textContent.trim() === label);
    if (!link) return;
    watch.disconnect();
    link.click();
  });
  watch.observe(document.body, { childList: true, characterData: true, subtree: true });
  setTimeout(() => watch.disconnect(), PATIENCE_MS);
}

function pageOf(text) {
  try {
    return JSON.parse(text).page;
  } catch {
    return ""; // Python says what is wrong with it
  }
}
