// What stands at the top right of every page: the link to it, presenting, and the keys.

import { show } from "../shared/mounting.js";
import { Asking } from "./asking.js";
import { takeDecimalCommas } from "./decimals.js";
import { enterMenus } from "./menus.js";
import { Lecture } from "./lecture.js";
import { takeTypedFirst } from "./navigation.js";
import { Presenting, onTourButton } from "./presenting.js";
import { goToNamed, keepReachable } from "./scrolling.js";
import { Share } from "./share.js";
import { ViewFile } from "./view_file.js";
import { keyTable } from "./key_table.js";
import { shutByEscape } from "./terms.js";
import { isDark, onSystemTheme, switchTheme } from "./theme.js";
import { stayWithin } from "./within.js";
import { advance, isForPage, listenAdvance } from "../shared/advance.js";
import { mayAct, setSingleKeys, singleKeysOn } from "../shared/single_keys.js";

const CHOOSING = "[role=combobox], [role=listbox], [role=option], [role=menu], [role=menuitem], [role=dialog]";

export default function bar(component) {
  return show(component, component.parentElement.querySelector(".bar-top").parentElement, Bar);
}

/** From the last thing that can be focused in a dialog to the first, and back. */
function goRound(dialog, event) {
  const stops = [...dialog.querySelectorAll("button:enabled, input, textarea, select, summary, [tabindex]")].filter((node) => node.getClientRects().length);
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== from) return;
  event.preventDefault();
  to.focus();
}

const QUESTION_BUTTONS = "[data-question-button]";

function pressQuestion(up) {
  document.querySelectorAll(QUESTION_BUTTONS).forEach((button) => button.setAttribute("aria-pressed", up));
}

class Bar {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.asking = new Asking({ onChange: pressQuestion });
    this.presenting = new Presenting({ bar: root.querySelector(".bar-top"), onChange: (told) => this.show(told), asking: this.asking });
    this.share = new Share(root.querySelector(".bar-share"), (address) => this.send("asked", address));
    this.file = new ViewFile(root.querySelector(".bar-file"), (name, value) => this.send(name, value));
    this.lecture = new Lecture(root.querySelector(".bar-lecture"), { button: this.part("lecture"), file: this.file, presenting: this.presenting });
    this.keys = root.querySelector(".bar-keys");
    const acts = {
      ...this.lecture.acts,
      previous: () => advance(-1, "figure"),
      next: () => advance(1, "figure"),
      copy: () => this.copy(),
      "copy-frame": () => this.share.copy("frame"),
      share: () => this.share.open(),
      file: () => this.file.open(),
      save: () => this.file.ask(),
      question: () => this.ask(),
      menu: () => this.presenting.putMenu(!this.presenting.menu),
      theme: () => switchTheme().then(() => this.tellTheme()),
      present: () => this.presenting.toggle(),
      keys: () => this.openKeys(),
      close: (button) => button.closest("dialog").close(),
    };
    root.onclick = (event) => {
      const button = event.target.closest("[data-act]");
      if (button && !button.disabled) acts[button.dataset.act](button);
      else if (event.target.matches?.("dialog")) event.target.close();
    };
    // What is pressed in a dialog is meant for it, and for no widget behind it. Closed, it keeps the focus for a frame.
    for (const dialog of root.querySelectorAll("dialog")) {
      dialog.onkeydown = (event) => {
        if (!dialog.open) return;
        event.stopPropagation();
        if (event.key === "Tab") goRound(dialog, event);
        if (event.key === "?" && dialog === this.keys && mayAct("?")) dialog.close();
      };
    }
    // The address may have changed since: it is asked for when the link is followed.
    this.part("out").onclick = (event) => { event.currentTarget.href = this.share.address(); };
    this.part("single").onchange = (event) => {
      setSingleKeys(event.target.checked);
      this.show(this.presenting.on);
    };
    this.heard = (event) => this.key(event);
  }

  update({ data, facts, setTriggerValue }) {
    // A trigger: what was asked before a step back through the history can be asked again.
    this.send = setTriggerValue;
    if (!this.listening) {
      this.listening = true;
      goToNamed();
      // Before the widgets: Escape leaves the presentation and takes back nothing that is selected.
      window.addEventListener("keydown", this.heard, { capture: true });
      this.forget = [listenAdvance(), keepReachable(), enterMenus(), stayWithin(), shutByEscape(), takeTypedFirst(), takeDecimalCommas(), onSystemTheme(() => this.tellTheme()), onTourButton(QUESTION_BUTTONS, () => this.ask())];
    }
    if (!this.keyed) {
      this.part("keys").replaceChildren(keyTable(facts.keys));
      this.keyed = true;
    }
    if (!data.start.ready && this.told !== data.start.id) {
      this.told = data.start.id;
      requestAnimationFrame(() => setTimeout(() => this.send("ready", this.presenting.asked())));
    }
    this.theme = data.theme;
    this.presenting.update(data, setTriggerValue);
    this.share.update(data);
    this.part("out").href = this.share.address();
    this.lecture.update({ facts, missing: data.missing });
    this.file.update(data);
    this.missing = data.missing;
    this.part("file").classList.toggle("bar-wanted", Boolean(data.missing));
  }

  unmount() {
    this.listening = false;
    this.forget?.forEach((end) => end());
    window.removeEventListener("keydown", this.heard, { capture: true });
    this.presenting.unmount();
    this.lecture.unmount();
  }

  key(event) {
    const leaves = event.key === "Escape" && this.presenting.menu; // from a text box too
    if (!isForPage(event, leaves ? CHOOSING : undefined)) return;
    const act = mayAct(event.key) && this.actOf(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  actOf(key) {
    const { presenting } = this;
    if (key === "?") return () => this.openKeys();
    if (key === "a" || key === "A") return () => this.lecture.add();
    if (key === "l" || key === "L") return () => this.lecture.open();
    if (key === "p" || key === "P") return () => presenting.toggle();
    if (key === "q" || key === "Q") return () => this.ask();
    if (!presenting.on) return null;
    if (key === "m" || key === "M") return () => presenting.putMenu(!presenting.menu);
    if (key === "Escape" && presenting.menu) return () => presenting.putMenu(false);
    if (key === "Escape" && this.asking.seen) return () => this.ask();
    if (key === "Escape") return () => presenting.toggle();
    return null;
  }

  /** Goes to the question of the page; while presenting, which leaves it out, puts it up or away. */
  ask() {
    const { presenting, asking } = this;
    if (!presenting.on) return asking.goTo();
    asking.set(!asking.up);
    return presenting.tell();
  }

  /** Python draws the figures, in the theme that it knows. */
  tellTheme() {
    const theme = isDark() ? "dark" : "light";
    if (theme !== this.theme) this.send("themed", theme);
  }

  show(on) {
    const [leave, keys] = singleKeysOn() ? ["Leave (P)", "P or Escape returns"] : ["Leave (Esc)", "Escape returns"];
    this.part("present").textContent = on ? leave : "Present";
    this.part("status").textContent = on ? `Presenting. ${keys}; Page Down and Page Up go on and back.` : "";
  }

  openKeys() {
    this.part("single").checked = singleKeysOn();
    this.keys.showModal();
  }

  /** Copies the address, or offers it selected where the browser allows no more. */
  async copy() {
    if (!(await this.share.copy())) return this.share.open({ select: true });
    const label = this.part("copy");
    const { missing } = this;
    label.textContent = missing ? `Copied without ${missing}` : "Copied ✓";
    this.part("status").textContent = missing ? `The link is copied without ${missing}. Use “View as file” to save the whole view.` : "The link is copied.";
    clearTimeout(this.copied);
    this.copied = setTimeout(() => { label.textContent = "Copy link"; }, missing ? 6000 : 2000);
    return undefined;
  }
}
