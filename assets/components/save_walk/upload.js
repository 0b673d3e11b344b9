// Pictures go to the server, some at a time, and one GIF of all of them comes back.

import { filed } from "../shared/saving.js";

const AT_ONCE = 700_000;
const PATIENCE_MS = 90_000;
const LOOK_MS = 400;

export class Upload {
  /** `send` takes a message for Python. */
  constructor(send) {
    Object.assign(this, { send, id: null, waiting: null });
  }

  /** The GIF of all `frames`. */
  async made(frames, { seconds, transparent }, { say, check }) {
    const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.id = id;
    const { width, height } = frames.canvas;
    const whole = { id, total: frames.count, width, height, seconds, transparent };
    let batch = [];
    let answer = null;
    for (let k = 0; k < frames.count; k += 1) {
      check();
      say(`Picture ${k + 1} of ${frames.count} …`, 0.4 + (0.4 * k) / frames.count);
      batch.push(await coded(await filed(await frames.draw(k))));
      const isLast = k === frames.count - 1;
      if (!isLast && batch.reduce((sum, text) => sum + text.length, 0) < AT_ONCE) continue;
      if (isLast) say("The server makes one file of them …", 0.85);
      const have = k + 1;
      answer = await this.ask({ ...whole, first: have - batch.length, frames: batch }, (told) => told.have >= have);
      batch = [];
    }
    for (let look = 1; !answer.gif; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      check();
      answer = await this.ask({ id, look }, (told) => told.look >= look);
    }
    this.close();
    return new Blob([Uint8Array.from(atob(answer.gif), (letter) => letter.charCodeAt(0))], { type: "image/gif" });
  }

  /** What Python says to a message, once it `answers` it. */
  ask(message, answers) {
    return new Promise((resolve, reject) => {
      const lost = setTimeout(() => this.end(new Error("The server did not answer. Try again.")), PATIENCE_MS);
      this.waiting = { id: message.id, answers, resolve, reject, lost };
      this.send(message);
    });
  }

  /** Hears what Python says: how many pictures it has, what is wrong, or the file. */
  answered(answer) {
    const { waiting } = this;
    if (!waiting || answer?.id !== waiting.id) return;
    if (answer.problem) this.end(new Error(answer.problem));
    else if (waiting.answers(answer)) this.end(null, answer);
  }

  end(error, answer) {
    const { waiting } = this;
    this.waiting = null;
    clearTimeout(waiting.lost);
    if (error) waiting.reject(error);
    else waiting.resolve(answer);
  }

  /** Python need keep nothing of it any more. */
  close() {
    if (this.id) this.send({ id: this.id, done: true });
    this.id = null;
    if (this.waiting) this.end(new Error("Cancelled."));
  }
}

function coded(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
