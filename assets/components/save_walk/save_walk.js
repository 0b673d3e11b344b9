// The walk of a widget through time as one file: an animated GIF, which the server puts together, or a video.

import { show } from "../shared/mounting.js";
import { download, hostOf, stepperIn } from "../shared/saving.js";
import { Frames } from "./frames.js";
import { planOf, told } from "./plan.js";
import { Upload } from "./upload.js";
import { recorded, videoType } from "./video.js";

export default function saveWalk(component) {
  return show(component, component.parentElement.querySelector(".save-walk"), SaveWalk);
}

class SaveWalk {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.fields = Object.fromEntries(["first", "last", "seconds", "pixels"].map((name) => [name, this.part(name)]));
    this.buttons = [...root.querySelectorAll("[data-kind]")];
    for (const field of Object.values(this.fields)) field.oninput = () => this.showPlan();
    for (const button of this.buttons) button.onclick = () => this.save(button);
    this.part("cancel").onclick = () => this.cancel();
    root.ontoggle = () => this.part("status").scrollIntoView({ block: "nearest" });
    this.upload = new Upload((message) => this.send("frames", message));
    this.video = videoType();
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    this.data = data;
    this.root.dataset.ground = data.ground;
    this.upload.answered(data.answer);
    this.part("video").textContent = this.whyNoVideo() ?? `${this.video.ending.toUpperCase()}, 16:9, recorded as it plays`;
    if (this.busy) return;
    const stepper = stepperIn(hostOf(data.widget));
    if (stepper.count !== this.count) this.begin(stepper);
    this.showPlan();
  }

  whyNoVideo() {
    if (!this.video) return "not possible in this browser";
    return this.data.ground === "transparent" ? "has no transparent background" : null;
  }

  /** All steps; of very many those around the one on show. */
  begin(stepper) {
    this.count = stepper.count;
    const most = Math.min(this.count, this.data.most);
    const first = Math.max(0, Math.min(this.count - most, stepper.t - Math.floor(most / 2)));
    for (const name of ["first", "last"]) this.fields[name].max = this.count - 1;
    this.fields.first.value = first;
    this.fields.last.value = first + most - 1;
  }

  /** What is asked for, or null where that is nothing that can be made; it is told either way. */
  showPlan() {
    const plan = planOf(this.fields, this.count, this.data.most);
    this.part("plan").textContent = plan.problem ?? told(plan);
    for (const button of this.buttons) {
      button.disabled = Boolean(this.busy || plan.problem || (button.dataset.kind === "video" && this.whyNoVideo()));
    }
    return plan.problem ? null : plan;
  }

  async save(button) {
    const plan = this.showPlan();
    if (!plan || this.busy) return;
    const { kind } = button.dataset;
    this.begun(true);
    this.say("Drawing …", 0);
    this.part("cancel").focus();
    this.part("status").scrollIntoView({ block: "nearest" });
    const way = { say: (text, part) => this.say(text, part), check: () => this.check() };
    try {
      const { blob, ending, size } = await (kind === "gif" ? this.gif(plan, way) : this.film(plan, way));
      this.check();
      download(blob, `${this.data.name}.${ending}`);
      this.part("status").textContent = `Saved as ${this.data.name}.${ending}: ${size}, ${(blob.size / 1e6).toFixed(1)} MB`;
    } catch (error) {
      this.part("status").textContent = error.message;
    }
    this.begun(false);
    button.focus();
  }

  async gif(plan, way) {
    const frames = await this.framesOf(plan, way);
    const transparent = this.data.ground === "transparent";
    return { blob: await this.upload.made(frames, { ...plan, transparent }, way), ending: "gif", size: frames.size };
  }

  async film(plan, way) {
    const frames = await this.framesOf(plan, way);
    return { blob: await recorded(frames, plan.seconds, this.video.type, way), ending: this.video.ending, size: frames.size };
  }

  framesOf(plan, way) {
    const { widget, ground, title, titled, link, colors } = this.data;
    return Frames.of(hostOf(widget), { title, titled, link, colors, transparent: ground === "transparent" }, plan, way);
  }

  begun(on) {
    this.busy = on;
    this.cancelled = false;
    this.part("going").hidden = !on;
    this.root.setAttribute("aria-busy", String(on));
    for (const field of Object.values(this.fields)) field.disabled = on;
    this.showPlan();
  }

  /** `part` is how much of all is done, from 0 to 1. */
  say(text, part) {
    this.part("status").textContent = text;
    this.root.querySelector("progress").value = part;
  }

  unmount() {
    this.cancel();
  }

  cancel() {
    this.cancelled = true;
    this.upload.close();
  }

  check() {
    if (this.cancelled) throw new Error("Cancelled.");
  }
}
