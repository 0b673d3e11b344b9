// Asking Python for more: one question at a time, and the next if its answer does not come.

const PATIENCE_MS = 3000;

/** `onOpen(open)` hears whether an answer is awaited; `onLost()` that it has not come in time. */
export class Question {
  constructor({ onOpen = () => {}, onLost = () => {} }) {
    Object.assign(this, { onOpen, onLost, waiting: null });
  }

  get open() {
    return this.waiting !== null;
  }

  ask(send) {
    clearTimeout(this.waiting);
    // An answer that is lost must not keep the next question from being asked.
    this.waiting = setTimeout(() => { this.close(); this.onLost(); }, PATIENCE_MS);
    this.onOpen(true);
    send();
  }

  close() {
    clearTimeout(this.waiting);
    this.waiting = null;
    this.onOpen(false);
  }
}
